import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { failureOf } from './failure.ts';
import { GroupCommit } from './group-commit.ts';
import { type Answer, type Batch, CLOSE, type DatabaseSettings, type FromDatabase } from './messages.ts';
import { packAnswers, unpackRequests } from './packing.ts';

// The thread of a database: what waits for the disk waits here. It imports no package, so that it starts in moments.

const port = parentPort as MessagePort;
const settings = workerData as DatabaseSettings;
let open: GroupCommit | undefined;

port.on('message', (message: Batch | typeof CLOSE) => {
  if (message === CLOSE) {
    open?.close();
    port.close();
    return;
  }
  tell({ kind: 'answers', answers: packAnswers(answersTo(message)) });
  open?.sweepIfDue(message.wallMs);
  if (!open?.isSuspect) return;
  open.close();
  open = undefined;
});
tell({ kind: 'up' });

function answersTo(batch: Batch): readonly Answer[] {
  const requests = unpackRequests(batch.requests);
  try {
    if (open === undefined) {
      open = new GroupCommit(settings);
      tell({ kind: 'opened' });
    }
  } catch (error) {
    const failure = failureOf(error);
    return requests.map(() => failure);
  }
  return open.run(requests, batch.wallMs);
}

function tell(message: FromDatabase): void {
  port.postMessage(message);
}
