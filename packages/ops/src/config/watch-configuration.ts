import { type FSWatcher, statSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import { type Clock, systemClock, type Timer } from '@sustain/kernel';
import type { ConfigurationManager, Reloaded } from './configuration-manager.ts';

export interface WatchConfigurationOptions {
  /** The file; the one that the manager loads. */
  readonly file: string;
  /** An editor writes in several steps: so long after the last one the file is read. Milliseconds. Default 100. */
  readonly settleMs?: number;
  /** Hears what became of each look that was not `unchanged`, besides the manager's signals. Default: nobody. */
  readonly onReload?: (reloaded: Reloaded) => void;
  readonly clock?: Clock;
}

/**
 * Reloads when the file changes. It watches the folder, since editors and Kubernetes put a new file in the old one's
 * place. Where the system tells nothing (network drives), call `reload` by hand. Holds no process open. Answers the way
 * to stop, harmless when repeated. Throws what `fs.watch` throws when there is no such folder.
 */
export function watchConfiguration(
  manager: ConfigurationManager,
  options: WatchConfigurationOptions,
): () => void {
  const { file, settleMs = 100, onReload, clock = systemClock } = options;
  let timer: Timer | undefined;
  let sinceMs = 0;
  let seen: string | undefined;
  const reload = () => {
    timer = undefined;
    const stamp = stampOf(file);
    // Something else in the folder has changed, perhaps the log that has just told what is wrong with the file.
    if (stamp === seen) return;
    seen = stamp;
    const reloaded = manager.reload();
    if (reloaded.state !== 'unchanged') onReload?.(reloaded);
  };
  // Not by the name of the file: where it is a link, the name that changes is another.
  const watcher: FSWatcher = watch(dirname(file), { persistent: false }, () => {
    const nowMs = clock.monotonicMs();
    if (timer === undefined) sinceMs = nowMs;
    // A log in the same folder never settles.
    else if (nowMs - sinceMs >= MOST_WAITS * settleMs) return;
    timer?.cancel();
    timer = clock.schedule(settleMs, reload, { keepAlive: false });
  });
  // The folder is gone: what holds still holds, and `reload` still works.
  watcher.on('error', () => watcher.close());
  return () => {
    timer?.cancel();
    watcher.close();
  };
}

/** Tells one state of the file from the next, and from that it cannot be looked at. */
function stampOf(file: string): string {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join();
  } catch {
    return 'gone';
  }
}

/** So many times `settleMs` a change waits at most. */
const MOST_WAITS = 10;
