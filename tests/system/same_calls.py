# SPDX-License-Identifier: BSD-2-Clause
"""Holds the text of bundletrace against that of strace, line by line: the same calls with the same arguments and
results. Made alike is only what differs from run to run (addresses, process ids, ports), what strace shows and
bundletrace leaves out (data that is read or written, dates, values before the call), and what it adds (files of
descriptors, totals).    same_calls.py OURS STRACES"""
import re
import sys

STRING = r'"(?:[^"\\]|\\.)*"(?:\.\.\.)?'
ALIKE = [(re.compile(pattern), to) for pattern, to in (
    (r'^(?:\d+ +)?(?:\[pid +\d+\] )?', ''),
    (r'\) +(= )', r') \1'),
    # what differs from run to run
    (r'0x[0-9a-f]{8,}', 'POINTER'),
    (r'^(getp?pid|gettid|set_tid_address|clone3?|fork|vfork|wait4)(\(.*\)) = [1-9]\d*', r'\1\2 = PID'),
    (r'^(process_vm_readv|wait4|kill|tgkill)\(\d+', r'\1(PID'),
    (r'\b(pid)=[1-9]\d*', r'\1=PID'),
    (r'\b(pipe|socket):\[\d+\]', r'\1:[INODE]'),
    (r'htons\(\d{4,5}\)', 'htons(PORT)'),
    (r'^((?:msg|sem|shm)get\(.*\)) = \d+', r'\1 = ID'),
    (r'^((?:msg|sem|shm)ctl)\(\d+', r'\1(ID'),
    (r'(left \{tv_sec=\d+, tv_[nu]sec=)\d+', r'\1PART'),
    # what strace has more
    (r'POINTER (/\* \d+ vars? \*/)', r'[\1]'),
    (r' /\* \d{4}-\d\d-\d\dT[^*]* \*/', ''),
    (r'(iov_base|mtext)=' + STRING, r'\1=...'),
    (r'^((?:p?read64|p?write64|read|write|sendto|recvfrom)\(\d+, |getrandom\()(?:' + STRING + '|POINTER)', r'\1...'),
    (r' => \{parent_tid=\[\d+\]\}', ''),
    # what bundletrace has more
    (r'(SO_(?:RCV|SND)TIMEO_OLD, )(?:' + STRING + r'|\{tv_sec=[^}]*\})', r'\1...'),
    (r'(?:(?<=\d)|(?<=AT_FDCWD))<(?:[^<>\\]|\\.)*>(?:\(deleted\))?', ''),
    (r' /\* (?:the first \d+: )?\d+ bytes? \*/', ''),
)]


def lines(path):
    for line in open(path, encoding='utf-8', errors='replace'):
        # strace has letters beyond ASCII as numbers
        line = re.sub('[^\x00-\x7f]', lambda m: ''.join('\\%o' % b for b in m[0].encode()), line.rstrip('\n'))
        for pattern, to in ALIKE:
            line = pattern.sub(to, line)
        # a signal that nobody handles wakes a call only where strace looks on: it begins anew
        if line and not line.startswith(('---', '+++', '>>>')) and ' = ? ERESTART' not in line:
            yield line


ours, theirs = (list(lines(path)) for path in sys.argv[1:3])
bad = len(ours) != len(theirs)
for own, other in zip(ours, theirs):
    if own != other:
        bad = True
        print('here:   ' + own, 'strace: ' + other, sep='\n')
        break
print(len(ours), 'lines here,', len(theirs), 'of strace')
sys.exit(1 if bad or len(ours) < 50 else 0)
