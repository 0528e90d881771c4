/**
 * @internal What comes of `work`, or the signal's reason as soon as it aborts: what comes later goes to `late`, and how it
 * fails then nobody wants to know.
 */
export async function untilAborted<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
  late: (result: T) => void,
): Promise<T> {
  if (signal === undefined) return work;
  const aborted = Promise.withResolvers<never>();
  const abandon = () => {
    work.then(late, () => undefined);
    aborted.reject(signal.reason);
  };
  signal.addEventListener('abort', abandon, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abandon);
  }
}
