import { describe, expect, it, vi } from 'vitest';
import { untilAborted } from './until-aborted.ts';

const never = new Promise<never>(() => undefined);

describe('untilAborted', () => {
  it('is what comes of the work, when that comes first', async () => {
    const { signal } = new AbortController();
    const remove = vi.spyOn(signal, 'removeEventListener');
    expect(await untilAborted(Promise.resolve(1), signal)).toBe(1);
    const failure = new Error('failed');
    await expect(untilAborted(Promise.reject(failure), signal)).rejects.toBe(failure);
    expect(remove).toHaveBeenCalledTimes(2);
    expect(await untilAborted(Promise.resolve(2), undefined)).toBe(2);
  });

  it('is the reason of the signal, when that comes first; nobody hears how the work ends', async () => {
    const controller = new AbortController();
    const { promise, reject } = Promise.withResolvers<never>();
    const waiting = untilAborted(promise, controller.signal);
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    reject(new Error('unheard'));
    await expect(untilAborted(never, controller.signal)).rejects.toBe(reason);
  });
});
