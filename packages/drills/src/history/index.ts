export { acknowledgedWrites, type LostWriteReason } from './acknowledged-writes.ts';
export type {
  Action,
  Completed,
  Disturbance,
  Disturbed,
  HistoryEvent,
  Invoked,
  Outcome,
  Value,
} from './event.ts';
export { type ExactlyOnceOptions, type ExactlyOnceReason, exactlyOnce } from './exactly-once.ts';
export { type History, historyOf, type KillInFlight, killsInFlight } from './history.ts';
export { eventsOf, type Journal, type JournalEvents, openJournal, readJournal } from './journal.ts';
export { type LinearizableOptions, linearizable, type NotLinearizableReason } from './linearizable.ts';
export { describeOperation, type Operation } from './operation.ts';
export { type OpenOperation, Recorder, type RecorderOptions } from './recorder.ts';
export type { Verdict } from './verdict.ts';
