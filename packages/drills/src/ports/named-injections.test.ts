import { SimulatedClock } from '@sustain/kernel';
import { expect, expectTypeOf, test } from 'vitest';
import { breakable, hangs, inject, namedInjections, type PortInjection, throws } from './index.ts';

/** The bot of the requirement, in small: a cached reply without its model, text without its device. */
class Bot {
  readonly #llm: Llm;
  readonly #device: Device;
  readonly #clock: SimulatedClock;
  #lastReply = 'Hello!';

  constructor(llm: Llm, device: Device, clock: SimulatedClock) {
    this.#llm = llm;
    this.#device = device;
    this.#clock = clock;
  }

  async processInput(message: string) {
    const reply = await this.#reply(message);
    try {
      this.#device.play(reply.message);
      return { ...reply, mode: 'speech', fallbackUsed: false };
    } catch {
      return { ...reply, mode: 'text_only', fallbackUsed: true };
    }
  }

  async #reply(message: string) {
    const controller = new AbortController();
    const timer = this.#clock.schedule(2000, () => controller.abort(new Error('no answer for 2 s')));
    try {
      this.#lastReply = await this.#llm.complete(message, { signal: controller.signal });
      return { message: this.#lastReply, cachedResponseUsed: false };
    } catch {
      return { message: this.#lastReply, cachedResponseUsed: true };
    } finally {
      timer.cancel();
    }
  }
}

interface Llm {
  complete(prompt: string, options: { readonly signal: AbortSignal }): Promise<string>;
}

interface Device {
  play(text: string): void;
}

test('S1-79: errors are injected by name, in a scope, and the bot is as before after it', async () => {
  const clock = new SimulatedClock();
  const llm = breakable<Llm>({ complete: async (prompt) => `You said ${prompt}.` });
  const device = breakable<Device>({ play: () => undefined });
  const bot = new Bot(llm, device, clock);
  const injectError = namedInjections({
    audio_device_unavailable: () =>
      inject(device, { play: { effect: throws(() => new Error('device unavailable')) } }, { clock }),
    llm_timeout: () => inject(llm, { complete: { effect: hangs() } }, { clock }),
  });

  const noDevice = injectError('audio_device_unavailable');
  expect(await clock.run(bot.processInput('test message'))).toMatchObject({
    fallbackUsed: true,
    mode: 'text_only',
  });
  await noDevice.end();

  const noModel = injectError('llm_timeout');
  const response = await clock.run(bot.processInput('another'));
  expect(response).toMatchObject({
    cachedResponseUsed: true,
    message: 'You said test message.',
    mode: 'speech',
  });
  await noModel.end();

  expect(await bot.processInput('again')).toEqual({
    message: 'You said again.',
    cachedResponseUsed: false,
    mode: 'speech',
    fallbackUsed: false,
  });
  expectTypeOf(noModel).toEqualTypeOf<PortInjection<Llm>>();
  // @ts-expect-error there is no such injection
  expect(() => injectError('llm_tiemout')).toThrow(
    'no injection is named llm_tiemout; there are: audio_device_unavailable, llm_timeout',
  );
});
