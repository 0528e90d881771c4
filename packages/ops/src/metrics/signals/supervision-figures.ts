import { childExited, childStarted, featureChanged, qualityChanged } from '@sustain/kernel';
import type { Metrics } from '../metrics.ts';
import { type Hear, longBuckets } from './hear.ts';

/** @internal What became of children of supervisors. */
export function supervisionFigures(hear: Hear, metrics: Metrics): void {
  const restarts = metrics.counter('sustain_child_restarts_total', {
    help: 'Children that became ready again after an end.',
    labels: ['supervisor', 'child'],
  });
  const downtimes = metrics.histogram('sustain_child_down_seconds', {
    help: 'How long children were down before they were ready again.',
    labels: ['supervisor', 'child'],
    buckets: longBuckets,
  });
  const exits = metrics.counter('sustain_child_exits_total', {
    help: 'Children that ended, by why, and by what their supervisor did about it.',
    labels: ['supervisor', 'child', 'reason', 'action'],
  });
  const up = metrics.gauge('sustain_child_up', {
    help: 'Whether a child is ready: 1 or 0.',
    labels: ['supervisor', 'child'],
  });
  const abandoned = metrics.counter('sustain_children_abandoned_total', {
    help: 'Children that did not stop whatever was done, and may still run.',
    labels: ['supervisor', 'child'],
  });

  hear(childStarted, ({ data: { supervisor, child, downMs } }) => {
    up.set(1, { supervisor, child });
    if (downMs === undefined) return;
    restarts.add(1, { supervisor, child });
    downtimes.observe(downMs / 1000, { supervisor, child });
  });
  hear(childExited, ({ data: { supervisor, child, reason, action, abandoned: left } }) => {
    up.set(0, { supervisor, child });
    exits.add(1, { supervisor, child, reason, action });
    if (left !== undefined) abandoned.add(1, { supervisor, child });
  });
}

/** @internal What is off, and how good the rest is. */
export function degradationFigures(hear: Hear, metrics: Metrics): void {
  const enabled = metrics.gauge('sustain_feature_enabled', {
    help: 'Whether a feature that has changed is on: 1 or 0.',
    labels: ['features', 'feature'],
  });
  const featureChanges = metrics.counter('sustain_feature_changes_total', {
    help: 'Features that went off or came back.',
    labels: ['features', 'feature', 'to'],
  });
  const level = metrics.gauge('sustain_quality_level', {
    help: 'The level of quality ladders that have changed: 1 for the one that it is on, 0 for those that it was on.',
    labels: ['ladder', 'level'],
  });
  const levelChanges = metrics.counter('sustain_quality_changes_total', {
    help: 'Changes of quality ladders from one level to another.',
    labels: ['ladder', 'from', 'to'],
  });

  hear(featureChanged, ({ source: features, data: { feature, enabled: isOn } }) => {
    enabled.set(isOn ? 1 : 0, { features, feature });
    featureChanges.add(1, { features, feature, to: isOn ? 'on' : 'off' });
  });
  hear(qualityChanged, ({ source: ladder, data: { from, to } }) => {
    level.set(0, { ladder, level: from });
    level.set(1, { ladder, level: to });
    levelChanges.add(1, { ladder, from, to });
  });
}
