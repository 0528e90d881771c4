import { writeFile } from 'node:fs/promises';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningAuralis, runAuralis } from './running-auralis.ts';

/** What the page tells of itself as `window.auralis`. */
interface PlayerFigures {
  readonly state: string;
  readonly levelDbfs: number;
  readonly framesReceived: number;
  readonly framesPlayed: number;
  readonly underruns: number;
  readonly concealedMs: number;
  readonly bufferedMs: number;
}

describe('the player in Chromium', () => {
  let auralis: RunningAuralis;
  let browser: Browser;
  let page: Page;
  const problems: string[] = [];

  beforeAll(async () => {
    auralis = await runAuralis('the player');
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--autoplay-policy=no-user-gesture-required', '--disable-background-networking'],
    });
    page = await browser.newPage({ viewport: { width: 1120, height: 760 } });
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
    await page.goto(`${auralis.url}/auralis/`);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await auralis?.stop();
  });

  const figures = () => page.evaluate<PlayerFigures>('window.auralis');

  test('plays: frames arrive, the level is above −40 dBFS, and 10 s pass without an underrun', async () => {
    await page.getByRole('button', { name: /play/i }).click();
    await page.waitForFunction('window.auralis.state === "playing"');
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
    if (process.env.SCREENSHOT) await writeFile(process.env.SCREENSHOT, await page.screenshot());
    expect(Math.max(...levels)).toBeGreaterThan(-40);
    expect(levels.filter((level) => level > -40).length).toBeGreaterThanOrEqual(8);
    expect(after.underruns).toBe(0);
    expect(after.concealedMs).toBe(0);
    expect(after.framesReceived - before.framesReceived).toBeGreaterThan(230);
    expect(after.framesPlayed - before.framesPlayed).toBeGreaterThan(9 * 44_100);
    expect(problems).toEqual([]);
  }, 60_000);

  test('changes the key: the server accepts it, and another listener is told', async () => {
    const second = await browser.newPage();
    await second.goto(`${auralis.url}/auralis/`);
    await second.getByRole('button', { name: /play/i }).click();
    await second.waitForFunction('window.auralis.state === "playing"');
    await page.getByLabel(/^key/i).selectOption('F#');
    await second.waitForFunction('document.querySelector("select[name=key]")?.value === "F#"');
    expect(await second.getByLabel(/^key/i).inputValue()).toBe('F#');
    await second.close();
  }, 60_000);
});
