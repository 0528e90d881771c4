import type { Metrics } from '../metrics.ts';
import { type Hear, longBuckets } from './hear.ts';
import { jobSignals, serverSignals, storeSignals } from './service-signals.ts';

/** @internal Whether state can be reached, and what happened to it. */
export function storeFigures(hear: Hear, metrics: Metrics): void {
  const labels = ['store'] as const;
  const available = metrics.gauge('sustain_store_available', {
    help: 'Whether a store can be reached: 1 or 0.',
    labels,
  });
  const state = metrics.gauge('sustain_store_fallback_state', {
    help: 'The state of fallback stores that have changed: 1 for the one that it is in, 0 for those that it was in.',
    labels: ['store', 'state'],
  });
  const journal = metrics.gauge('sustain_store_journal_entries', {
    help: 'Acknowledged writes that are not yet in the primary store.',
    labels,
  });
  const conflicts = metrics.counter('sustain_store_conflicts_total', {
    help: 'Acknowledged writes that met what others had written meanwhile.',
    labels: ['store', 'rule', 'stays'],
  });
  const corrupted = metrics.counter('sustain_store_corrupted_total', {
    help: 'Entries that were not what had been written.',
    labels,
  });

  hear(storeSignals.storeAvailability, ({ source: store, data }) => {
    available.set(data.state === 'available' ? 1 : 0, { store });
  });
  hear(storeSignals.fallbackChanged, ({ source: store, data: { from, to, journalEntries } }) => {
    state.set(0, { store, state: from });
    state.set(1, { store, state: to });
    journal.set(journalEntries, { store });
  });
  hear(storeSignals.fallbackReplayed, ({ source: store, data }) => journal.set(data.left, { store }));
  hear(storeSignals.fallbackConflict, ({ source: store, data: { rule, stays } }) => {
    conflicts.add(1, { store, rule, stays });
  });
  hear(storeSignals.storeCorrupted, ({ source: store }) => corrupted.add(1, { store }));
  sharedFigures(hear, metrics);
}

/** What instances agree on through a store. */
function sharedFigures(hear: Hear, metrics: Metrics): void {
  const acquired = metrics.histogram('sustain_lease_wait_seconds', {
    help: 'How long was waited for leases that were had.',
    labels: ['store'],
    buckets: longBuckets,
  });
  const lost = metrics.counter('sustain_leases_lost_total', {
    help: 'Leases that their holder lost, or had to take for lost.',
    labels: ['store'],
  });
  const held = metrics.histogram('sustain_lease_held_seconds', {
    help: 'How long leases were held that were let go.',
    labels: ['store'],
    buckets: longBuckets,
  });
  const alone = metrics.gauge('sustain_shared_breaker_alone', {
    help: 'Whether an instance decides alone, as it cannot reach the others: 1 or 0.',
    labels: ['breaker', 'instance'],
  });
  const decided = metrics.counter('sustain_shared_breaker_decisions_total', {
    help: 'States of shared breakers that this instance has written down for all.',
    labels: ['breaker', 'state'],
  });

  hear(storeSignals.leaseAcquired, ({ source: store, data }) =>
    acquired.observe(data.waitedMs / 1000, { store }),
  );
  hear(storeSignals.leaseLost, ({ source: store }) => lost.add(1, { store }));
  hear(storeSignals.leaseReleased, ({ source: store, data }) => held.observe(data.heldMs / 1000, { store }));
  hear(storeSignals.sharedBreakerAlone, ({ source: breaker, data: { instance } }) =>
    alone.set(1, { breaker, instance }),
  );
  hear(storeSignals.sharedBreakerTogether, ({ source: breaker, data: { instance } }) =>
    alone.set(0, { breaker, instance }),
  );
  hear(storeSignals.sharedBreakerDecided, ({ source: breaker, data: { state } }) =>
    decided.add(1, { breaker, state }),
  );
}

/** @internal What became of jobs. */
export function jobFigures(hear: Hear, metrics: Metrics): void {
  const events = metrics.counter('sustain_jobs_total', {
    help: 'What happened to jobs: added, started, resumed, completed, retried, dead, cancelled.',
    labels: ['queue', 'event'],
  });
  const durations = metrics.histogram('sustain_job_duration_seconds', {
    help: 'How long the attempts took that completed a job.',
    labels: ['queue'],
    buckets: longBuckets,
  });
  const disturbances = metrics.counter('sustain_queue_disturbances_total', {
    help: "Failures of a queue's own work.",
    labels: ['queue', 'doing'],
  });

  for (const event of ['added', 'retried', 'dead', 'cancelled'] as const)
    hear(jobSignals[event], ({ source: queue }) => events.add(1, { queue, event }));
  hear(jobSignals.started, ({ source: queue, data }) =>
    events.add(1, { queue, event: data.isResumed ? 'resumed' : 'started' }),
  );
  hear(jobSignals.completed, ({ source: queue, data }) => {
    events.add(1, { queue, event: 'completed' });
    durations.observe(data.durationMs / 1000, { queue });
  });
  hear(jobSignals.disturbed, ({ source: queue, data: { doing } }) => disturbances.add(1, { queue, doing }));
}

/** @internal What the server refused. */
export function serverFigures(hear: Hear, metrics: Metrics): void {
  const up = metrics.gauge('sustain_server_up', {
    help: 'Whether a server listens and serves: 1 or 0.',
    labels: ['server'],
  });
  const cut = metrics.counter('sustain_server_sockets_cut_total', {
    help: 'WebSockets that did not close by themselves when their server stopped.',
    labels: ['server'],
  });
  const refused = metrics.counter('sustain_requests_refused_total', {
    help: 'Requests that were answered with a problem.',
    labels: ['code', 'status'],
  });

  hear(serverSignals.started, ({ source: server }) => up.set(1, { server }));
  hear(serverSignals.stopped, ({ source: server, data }) => {
    up.set(0, { server });
    cut.add(data.webSocketsCut, { server });
  });
  hear(serverSignals.requestRefused, ({ data: { fault, status } }) =>
    refused.add(1, { code: fault.code, status }),
  );
}
