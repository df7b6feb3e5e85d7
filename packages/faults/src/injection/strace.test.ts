import { describe, expect, test } from 'vitest';
import { earlyAnswers } from './early-answers.ts';
import { parseTrace } from './strace.ts';

const ID = '7977741bc93e6f3729465f75e95b4375';
const STORE = '/data/messages/messages.lmdb';
const opened = [
  `10 openat(AT_FDCWD</>, "${STORE}", O_RDWR|O_CREAT|O_CLOEXEC, 0664) = 24<${STORE}>`,
  `10 openat(AT_FDCWD</>, "${STORE}", O_RDWR|O_DSYNC|O_CLOEXEC) = 25<${STORE}>`,
];
const page = `11 writev(24<${STORE}>, [{iov_base="\\2\\0\\5[\\"${ID}\\",\\"k\\"]", iov_len=4096}], 1) = 4096`;
const flush = `11 fdatasync(24<${STORE}>)   = 0`;
const validation = `11 pwrite64(25<${STORE}>, "\\0\\0\\2", 144, 16) = 144`;
const answer = `10 write(29<socket:[20212]>, "HTTP/1.1 202 Accepted\\r\\n\\r\\n{\\"status\\":\\"accepted\\",\\"id\\":\\"${ID}\\"}", 341) = 341`;

const early = (...lines: readonly string[]) =>
  earlyAnswers(parseTrace([...opened, ...lines].join('\n'))).map(({ name }) => name);

describe('a trace', () => {
  test('tells pages, flushes, validations and answers apart', () => {
    const events = parseTrace([...opened, page, flush, validation, answer].join('\n'));
    expect(events.map(({ kind, phase, isSynchronous, result }) => [kind, phase, isSynchronous, result])).toEqual([
      ['write', 'begin', false, 0],
      ['write', 'end', false, 4_096],
      ['flush', 'begin', false, 0],
      ['flush', 'end', false, 0],
      ['write', 'begin', true, 0],
      ['write', 'end', true, 144],
      ['answer', 'begin', false, 0],
      ['answer', 'end', false, 341],
    ]);
    expect(early(page, flush, validation, answer)).toEqual([]);
  });

  test('shows an answer that leaves in the middle of a flush', () => {
    const begun = `11 fdatasync(24<${STORE}> <unfinished ...>`;
    const ended = '11 <... fdatasync resumed>)   = 0';
    expect(early(page, begun, answer, ended, validation)).toEqual(['early-answer']);
    expect(early(page, begun, ended, validation, answer)).toEqual([]);
  });

  test('shows an answer after a flush that failed', () => {
    const failed = `11 fdatasync(24<${STORE}>) = -1 EIO (Input/output error)`;
    expect(early(page, failed, validation, answer)).toEqual(['early-answer']);
  });

  test('leaves other files and sockets aside', () => {
    expect(
      parseTrace(
        [
          '10 write(1</dev/pts/0>, "HTTP is fine\\n", 13) = 13',
          '10 fdatasync(30</data/postgres/wal>) = 0',
          '10 write(4<socket:[1]>, "GET / HTTP/1.1", 14) = 14',
          '10 +++ exited with 0 +++',
          '',
        ].join('\n'),
      ),
    ).toEqual([]);
  });
});
