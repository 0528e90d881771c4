import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AdkSessionService } from './adk-types.ts';
import { casesOfAppending } from './cases-of-appending.fixture.ts';
import { casesOfSessions } from './cases-of-sessions.fixture.ts';
import type { Case, Trait } from './session-service-case.fixture.ts';

/** A session service to be tested. */
export interface ServiceUnderTest {
  readonly service: AdkSessionService;
  readonly dispose: () => Promise<void>;
}

/** What a service does instead of what it should: also tested, so that we hear of it when that changes. */
export type KnownToDiffer = Partial<Record<Trait, Difference>>;

export interface Difference {
  readonly instead: string;
  readonly does: Case['holds'];
  /** It is a race that it does not always lose. */
  readonly sometimes?: boolean;
}

/**
 * What a session service of ADK should do, as tests: from `realtime-systems.md` (e), what was measured and what users complain
 * about. `open` gives a service on state of its own, which nobody has used yet.
 */
export function sessionServiceSuite(
  name: string,
  open: () => Promise<ServiceUnderTest>,
  differs: KnownToDiffer = {},
): void {
  describe(name, () => {
    let shared: ServiceUnderTest;
    let apps = 0;

    beforeAll(async () => {
      shared = await open();
    });
    afterAll(() => shared.dispose());

    for (const { trait, title, isFresh = false, holds } of [...casesOfAppending, ...casesOfSessions]) {
      async function check(holds: Case['holds']): Promise<void> {
        const { service, dispose } = isFresh ? await open() : { ...shared, dispose: async () => undefined };
        const key = { appName: `app-${++apps}`, userId: 'ana', sessionId: 'one' };
        await holds({ service, key }).finally(dispose);
      }
      const difference = differs[trait];
      if (difference === undefined) it(title, () => check(holds));
      else {
        const { instead, does, sometimes = false } = difference;
        it(`${instead}. Known to differ from: ${title}`, async () => {
          await check(does);
          if (!sometimes) await expect(check(holds)).rejects.toThrow();
        });
      }
    }
  });
}
