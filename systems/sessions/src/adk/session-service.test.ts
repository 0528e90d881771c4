import { InMemorySessionService } from '@google/adk';
import { type Clock, systemClock } from '@sustain/kernel';
import { memoryStore } from '@sustain/stores/memory';
import { describe } from 'vitest';
import { createSessionManager } from '../manager/index.ts';
import { databaseDiffers, memoryDiffers } from './adk-differences.fixture.ts';
import { databaseUrl, openDatabase } from './database.fixture.ts';
import { ResilientSessionService } from './index.ts';
import { type ServiceUnderTest, sessionServiceSuite } from './session-service.suite.ts';

sessionServiceSuite(
  'ADK’s InMemorySessionService',
  async () => ({ service: new InMemorySessionService(), dispose: async () => undefined }),
  memoryDiffers,
);

sessionServiceSuite('ResilientSessionService over our session manager', async () => {
  const primary = memoryStore();
  // Each change has a time of its own, so that sessions can be told apart by it.
  let nowWallMs = systemClock.wallMs();
  const clock: Clock = Object.create(systemClock, { wallMs: { value: () => ++nowWallMs } });
  const manager = createSessionManager({ primary, instance: 'adk', clock });
  const close = async () => {
    await manager.close();
    await primary.close();
  };
  return resilient(new ResilientSessionService({ manager }), close);
});

sessionServiceSuite(
  'ResilientSessionService over ADK’s InMemorySessionService',
  async () => resilient(new ResilientSessionService({ service: new InMemorySessionService() })),
  { 'shared-state-at-creation': memoryDiffers['shared-state-at-creation'] as never },
);

describe.skipIf(databaseUrl === undefined)('on PostgreSQL', () => {
  sessionServiceSuite('ADK’s DatabaseSessionService', () => openDatabase(), databaseDiffers);

  sessionServiceSuite('ResilientSessionService over ADK’s DatabaseSessionService', async () => {
    const { service, dispose } = await openDatabase();
    return resilient(new ResilientSessionService({ service }), dispose);
  });
});

function resilient(
  service: ResilientSessionService,
  dispose: () => Promise<void> = async () => undefined,
): ServiceUnderTest {
  return {
    service,
    dispose: async () => {
      await service.close();
      await dispose();
    },
  };
}
