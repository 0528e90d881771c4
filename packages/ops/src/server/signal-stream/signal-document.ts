import type { Signal } from '@sustain/kernel';
import type { SignalDocument } from '../schemas/index.ts';
import { plainData } from './plain-data.ts';

/** A signal as the API tells it. Never throws; the length of its JSON is bounded. */
export function signalDocument(signal: Signal): SignalDocument {
  return {
    type: signal.type,
    source: signal.source,
    time: new Date(signal.wallMs).toISOString(),
    monotonicMs: signal.monotonicMs,
    ...(signal.operationId !== undefined && { operationId: signal.operationId }),
    data: plainData(signal.data) ?? null,
  };
}
