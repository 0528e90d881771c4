import { describe, expect, inject, it } from 'vitest';
import { chaosOf } from './session-histories.fixture.ts';

describe('whatever fails, and whenever', () => {
  const seeds = inject('long') ? 200 : 6;
  it.each(Array.from({ length: seeds }, (_, seed) => seed))(
    'every session is one register for all: nothing acknowledged is lost, doubled or out of order (seed %i)',
    async (seed) => {
      const report = await chaosOf({
        seed,
        steps: 60,
        maxSessionsInMemory: seed % 3 === 0 ? 1 : 100,
        changesPerBase: [1, 3, 10, 100][seed % 4] as number,
      });
      expect(report.wrongs).toEqual([]);
      const { verdict } = report;
      expect(verdict.state === 'holds' ? '' : verdict.message).toBe('');
      expect(report.conflicts).toBe(0);
      expect(report.acknowledged).toBeGreaterThan(10);
    },
  );
});
