import { describe, expect, it } from 'vitest';
import { activeName, logFilesAmong, rotatedName } from './log-files.ts';

const of = (names: string[], name = 'bot.log') =>
  logFilesAmong(names, '/logs', name).map((file) => file.name);

describe('the files of a log', () => {
  it('are those of all its processes, rotated ones first, oldest first, then those that are written to', () => {
    const names = [
      'bot.2.log',
      'bot.log',
      'bot.20261122T134025123Z.log',
      'bot.2.20261121T134025123Z.log.gz',
      'bot.20251122T134025123Z.log.gz',
    ];
    const files = logFilesAmong(names, '/logs', 'bot.log');
    expect(files.map(({ name }) => name)).toEqual([
      'bot.20251122T134025123Z.log.gz',
      'bot.2.20261121T134025123Z.log.gz',
      'bot.20261122T134025123Z.log',
      'bot.log',
      'bot.2.log',
    ]);
    expect(files[1]).toEqual({
      path: '/logs/bot.2.20261121T134025123Z.log.gz',
      name: 'bot.2.20261121T134025123Z.log.gz',
      slot: 2,
      rotatedAtMs: Date.UTC(2026, 10, 21, 13, 40, 25, 123),
      isCompressed: true,
    });
  });

  it('have the names that they are given when they are made', () => {
    const rotated = rotatedName(activeName('bot.log', 3), Date.UTC(2026, 0, 2, 3, 4, 5, 6));
    expect(rotated).toBe('bot.3.20260102T030405006Z.log');
    expect(logFilesAmong([rotated], '/logs', 'bot.log')).toMatchObject([
      { slot: 3, rotatedAtMs: Date.UTC(2026, 0, 2, 3, 4, 5, 6) },
    ]);
  });

  it('are told once, while the original of a compressed one is still there', () => {
    expect(of(['bot.20261122T134025123Z.log', 'bot.20261122T134025123Z.log.gz'])).toEqual([
      'bot.20261122T134025123Z.log.gz',
    ]);
  });

  it('are no others', () => {
    const others = [
      'errors.log',
      'robot.log',
      'bot.log.gz',
      'bot.log.lock',
      '.bot.log.1.lock',
      'bot.20261122T134025123Z.log.gz.tmp',
      'bot.20269922T134025123Z.log',
      'bot.0.log',
      'botxlog',
      'bot.x.log',
    ];
    expect(of(others)).toEqual([]);
  });

  it('may have a name with all kinds of letters, or no extension', () => {
    expect(of(['a+b (1).log', 'a+b (1).2.log'], 'a+b (1).log')).toHaveLength(2);
    expect(of(['bot', 'bot.20261122T134025123Z'], 'bot')).toEqual(['bot.20261122T134025123Z', 'bot']);
  });
});
