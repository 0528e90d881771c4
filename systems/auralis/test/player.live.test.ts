import { reset, TcpProxy } from '@sustain/drills/network';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningAuralis, runAuralis } from '../src/drills/running-auralis.ts';
import type { PlayerFigures } from '../src/player/figures.ts';
import { listenerHeard, listenerResumed } from '../src/signals.ts';
import { RecordingListener } from './recording-listener.ts';

/** `npm test` says where Chromium is; with CI=true it is there. */
const { CHROMIUM_PATH } = process.env;

describe.skipIf(CHROMIUM_PATH === undefined)('the player in Chromium', () => {
  let auralis: RunningAuralis;
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    auralis = await runAuralis('the player');
    browser = await chromium.launch({
      executablePath: CHROMIUM_PATH as string,
      args: ['--no-sandbox', '--autoplay-policy=no-user-gesture-required', '--disable-background-networking'],
    });
    page = await browser.newPage({ viewport: { width: 1120, height: 760 } });
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    await page.goto(`${auralis.url}/auralis/`);
  });
  afterAll(async () => {
    await browser?.close();
    await auralis?.stop();
  });

  const figures = () => page.evaluate(() => (globalThis as unknown as { auralis: PlayerFigures }).auralis);

  async function play(on: Page): Promise<void> {
    await on.getByRole('button', { name: /play/i }).click();
    await on.waitForFunction(() => (globalThis as { auralis?: PlayerFigures }).auralis?.state === 'playing');
  }

  test('plays: frames arrive, the level is above −40 dBFS, and 10 s pass without an underrun', async () => {
    await play(page);
    const before = await figures();
    const levels: number[] = [];
    for (let second = 0; second < 10; second++) {
      await page.waitForTimeout(1000);
      levels.push((await figures()).levelDbfs);
    }
    const after = await figures();
    process.stdout.write(
      `  levels ${levels.map((level) => level.toFixed(0)).join(' ')} dBFS, ${after.underruns} underruns, ` +
        `${after.framesReceived - before.framesReceived} frames in 10 s, ${after.bufferedMs.toFixed(0)} ms buffered\n`,
    );
    const { SCREENSHOT } = process.env;
    if (SCREENSHOT !== undefined) await page.screenshot({ path: SCREENSHOT, type: 'jpeg', quality: 82 });
    expect(Math.max(...levels)).toBeGreaterThan(-40);
    expect(levels.filter((level) => level > -40).length).toBeGreaterThanOrEqual(8);
    expect(after.underruns).toBe(0);
    expect(after.concealedMs).toBe(0);
    expect(after.framesReceived - before.framesReceived).toBeGreaterThan(230);
    // Chromium's clock of audio without a device is late on a busy machine: what was received is played a little later.
    const played = async () => (await figures()).framesPlayed - before.framesPlayed;
    await expect.poll(played, { timeout: 10_000 }).toBeGreaterThan(230);
    expect(problems).toEqual([]);
  });

  test('a key that one listener chooses is shown to the other', async () => {
    const second = await browser.newPage();
    await second.goto(`${auralis.url}/auralis/`);
    await play(second);
    const third = await browser.newPage();
    await third.goto(`${auralis.url}/auralis/`);
    await play(third);
    await third.getByRole('radio', { name: 'F sharp' }).check({ force: true });
    await expect.poll(() => second.getByRole('radio', { name: 'F sharp' }).isChecked()).toBe(true);
    await Promise.all([second.close(), third.close()]);
  });

  test('a connection that is cut is made again, and not a frame of it is lost', async () => {
    const proxy = await TcpProxy.start({ upstream: auralis.url });
    const cut = await browser.newPage();
    await cut.goto(proxy.through(`${auralis.url}/auralis/`));
    await play(cut);
    const heard = await auralis.next(listenerHeard);
    const resumed = auralis.next(listenerResumed);
    await proxy.add(reset(), { connections: 'open' }).end();
    const { data } = await resumed;
    process.stdout.write(`  resumed ${JSON.stringify(data)}; heard before ${JSON.stringify(heard.data)}\n`);
    expect(data.how).toBe('replayed');
    await auralis.next(listenerHeard);
    await expect.poll(() => cut.getByRole('status').first().textContent()).toBe('Playing');
    const after = await cut.evaluate(() => (globalThis as unknown as { auralis: PlayerFigures }).auralis);
    expect(after).toMatchObject({ underruns: 0, concealedMs: 0, degraded: false });
    await cut.close();
    await proxy.close();
  });

  test('a page for which there is no place says so, and plays when there is one', async () => {
    const others: RecordingListener[] = [];
    for (let isFull = false; !isFull; ) {
      const other = await RecordingListener.connect(auralis.url, 'full=tell');
      await other.until(({ messages }) => messages.length > 0);
      isFull = other.messages[0]?.['code'] === 'TOO_MANY_LISTENERS';
      others.push(other);
    }
    const late = await browser.newPage();
    await late.goto(`${auralis.url}/auralis/`);
    await late.getByRole('button', { name: /play/i }).click();
    const status = late.getByRole('status').first();
    await expect.poll(() => status.textContent()).toBe('The stream is full. Trying again soon');
    expect(await status.getAttribute('aria-live')).toBe('polite');
    for (const other of others) other.stop();
    await expect.poll(() => status.textContent()).toBe('Playing');
    await late.close();
  });
});
