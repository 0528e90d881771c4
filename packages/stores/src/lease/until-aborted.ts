/**
 * @internal What comes of `work`, or the signal's reason as soon as it aborts: what comes later goes to `late`, and how it
 * fails then nobody wants to know. A result goes to one of them, never to both.
 */
export async function untilAborted<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
  late: (result: T) => void,
): Promise<T> {
  if (signal === undefined) return work;
  return new Promise<T>((resolve, reject) => {
    let isAbandoned = false;
    const abandon = () => {
      isAbandoned = true;
      reject(signal.reason);
    };
    signal.addEventListener('abort', abandon, { once: true });
    const end = (settle: () => void) => {
      signal.removeEventListener('abort', abandon);
      settle();
    };
    work.then(
      (result) => end(() => (isAbandoned ? late(result) : resolve(result))),
      (error: unknown) => end(() => reject(error)),
    );
  });
}
