import { existsSync } from 'node:fs';
import { openJournal, Recorder } from '@sustain/drills';
import { systemClock } from '@sustain/kernel';
import { postgresStore } from '../postgres/index.ts';
import { redisStore } from '../redis/index.ts';
import { sqliteStore } from '../sqlite/index.ts';
import { appendIds } from './appending-clients.fixture.ts';
import { fallbackStore } from './index.ts';

// A program whose clients write through a fallback store until the file `over` is there, and which then waits for the
// return of its primary. It may be killed at any time, and goes on when it is started again.
const [url = '', sparePath = '', historyPath = '', over = ''] = process.argv.slice(2);
const life = process.env['DRILL_LIFE'];
const primary = url.startsWith('redis:') ? redisStore({ url }) : postgresStore({ url });
const spare = sqliteStore({ path: sparePath, durability: 'process-death' });
const store = fallbackStore({
  primary,
  spare,
  onConflict: 'reject',
  patienceMs: 500,
  probeEveryMs: 50,
  successes: 2,
});
const history = openJournal(historyPath);
let acknowledged = 0;

const clients = Array.from({ length: 8 }, (_, at) => {
  const recorder = new Recorder({ client: `life${life}-c${at}`, append: history.append });
  const onAcknowledged = () => {
    if (++acknowledged % 20 === 0) console.log(JSON.stringify({ acknowledged: 20 }));
  };
  return appendIds({
    store,
    recorder,
    idPrefix: `${life}-${at}`,
    isOver: () => existsSync(over),
    onAcknowledged,
  });
});
console.log(JSON.stringify({ up: true }));
await Promise.all(clients);
while (store.state().state !== 'primary') await systemClock.sleep(20);
const { conflicts } = await store.conflicts();
console.log(JSON.stringify({ conflicts }));
await store.close();
await Promise.all([primary.close(), spare.close()]);
history.close();
