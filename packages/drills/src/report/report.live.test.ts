import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '@sustain/kernel';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import type { DrillResult } from '../drill/index.ts';
import { barelyReadable } from './contrast.fixture.ts';
import { reportHtml } from './index.ts';
import { someFaults, someResults, summaryOf } from './results.fixture.ts';

/** `npm test` says where Chromium is; with CI=true it is there. */
const { CHROMIUM_PATH } = process.env;

const faults = someFaults(3);
const drilled = faults.slice(0, -2);

function pageOf(results: readonly DrillResult[]): string {
  return reportHtml({ results, summary: summaryOf(faults, results), seed: 7, startedWallMs: 1.8e12, faults });
}

const results = someResults(drilled, 60, seededRandom(7));
const failed = results.filter(({ ok }) => !ok).length;

test('a report of 1,000 drills is made in less than a second', () => {
  const many = someResults(faults, 1000, seededRandom(1));
  const times = [1, 2, 3].map(() => {
    const startMs = performance.now();
    pageOf(many);
    return performance.now() - startMs;
  });
  process.stdout.write(`  1,000 drills: ${times.map((ms) => ms.toFixed(0)).join(', ')} ms\n`);
  expect(Math.min(...times)).toBeLessThan(1000);
});

describe.skipIf(CHROMIUM_PATH === undefined)('the report in Chromium', () => {
  let browser: Browser;
  const folder = mkdtempSync(join(tmpdir(), 'sustain-report-'));
  const problems: string[] = [];

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: CHROMIUM_PATH as string,
      args: ['--no-sandbox', '--disable-background-networking'],
    });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  /** Shows a report; what the page complains of, and what it asks others for, is a problem. */
  async function show(markup: string, options: BrowserContextOptions = {}): Promise<Page> {
    const file = join(folder, 'report.html');
    writeFileSync(file, markup);
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, ...options });
    problems.length = 0;
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('console', (message) => problems.push(message.text()));
    page.on('request', (request) => request.url().startsWith('file:') || problems.push(request.url()));
    await page.goto(`file://${file}`);
    return page;
  }

  const shown = (page: Page) => page.locator('.drill:visible').count();

  it('shows all drills and the failed ones open, asks nobody for anything, and breaks no policy of its own', async () => {
    const page = await show(pageOf(results));
    expect(failed).toBeGreaterThan(1);
    expect(await shown(page)).toBe(60);
    expect(await page.locator('.drill[open]').count()).toBe(failed);
    expect(await page.locator('.drill[open] .replay').first().textContent()).toMatch(
      /^sustain drill \S+ --seed 7$/,
    );
    expect(await page.locator('.timeline use[href="#injected"]').count()).toBe(60);
    expect(await page.locator('.matrix td.none').count()).toBe(2);
    expect(problems).toEqual([]);
    await page.close();
  });

  it('chooses drills by system, kind and outcome, says how many are shown, and hides empty systems', async () => {
    const page = await show(pageOf(results));
    await page.getByLabel('outcome').selectOption({ label: 'failed' });
    expect(await shown(page)).toBe(failed);
    await page.getByLabel('outcome').selectOption('');
    await page.getByLabel('system').selectOption('stores');
    await page.getByLabel('kind').selectOption('disk');
    const expected = results.filter(({ system, kind }) => system === 'stores' && kind === 'disk').length;
    expect(await shown(page)).toBe(expected);
    expect(await page.getByRole('status').textContent()).toBe(`${expected} of 60 shown`);
    expect(await page.locator('.system:visible h3').allTextContents()).toEqual(['stores']);
    await page.close();
  });

  it('leads from the matrix to a drill, opens it, and shows it when it was filtered out', async () => {
    const page = await show(pageOf(results));
    await page.getByLabel('system').selectOption('stores');
    const link = page.locator('.matrix a').first();
    const id = (await link.getAttribute('href')) ?? '';
    await link.click();
    await page.locator(`${id}[open]`).waitFor({ state: 'visible' });
    expect(await shown(page)).toBe(60);
    await page.close();
  });

  it('is complete without script', async () => {
    const page = await show(pageOf(results), { javaScriptEnabled: false });
    expect(await shown(page)).toBe(60);
    expect(await page.locator('#filter').isVisible()).toBe(false);
    await page.locator('.drill summary').first().click();
    expect(await page.locator('.drill').first().getAttribute('open')).not.toBe(null);
    await page.close();
  });

  it('runs and hides nothing that hostile names try', async () => {
    const hostile = `</script><script>pwned=1</script><img src=x onerror=pwned=2>" onload='pwned=3' \u202e\u001b[31m\u0000 &amp; \ud800`;
    const [first] = results as [DrillResult];
    const result: DrillResult = {
      ...first,
      ...{ system: hostile, fault: hostile, drill: hostile, detail: hostile, kind: hostile as 'code' },
      ...{ recovery: hostile, breaks: hostile, recovers: hostile, notices: hostile, replay: hostile },
      substitutes: [hostile],
      ok: false,
      timeline: first.timeline.map((moment) => ({ ...moment, text: hostile })),
    };
    const markup = reportHtml({
      results: [result],
      summary: summaryOf(faults, [result]),
      seed: hostile,
      startedWallMs: 0,
      faults,
    });
    const page = await show(markup);
    expect(await page.evaluate(() => (globalThis as { pwned?: unknown }).pwned)).toBe(undefined);
    expect(await page.locator('script').count()).toBe(1);
    expect(await page.locator('img, [onload], [onerror]').count()).toBe(0);
    const replay = await page.locator('.replay').textContent();
    expect(replay).toBe(
      `</script><script>pwned=1</script><img src=x onerror=pwned=2>" onload='pwned=3' ⟨U+202E⟩␛[31m␀ &amp; \ufffd`,
    );
    expect(await page.locator('body').textContent()).not.toMatch(/\p{Cf}|\p{Cc}(?<!\n)/u);
    await page.getByLabel('system').selectOption({ index: 1 });
    expect(await shown(page)).toBe(1);
    expect(problems).toEqual([]);
    await page.close();
  });

  test.each([
    ['light', 1280],
    ['dark', 1280],
    ['light', 390],
    ['dark', 390],
  ] as const)(
    'can be read %s and %d px wide: contrast ≥ 4.5, nothing cut off at the side',
    async (colorScheme, width) => {
      const page = await show(pageOf(results), { colorScheme, viewport: { width, height: 844 } });
      await page.getByRole('button', { name: 'Open all shown' }).click();
      expect(await page.locator('.drill[open]').count()).toBe(60);
      const { texts, poor } = await barelyReadable(page);
      expect(poor).toEqual([]);
      expect(texts).toBeGreaterThan(500);
      const scrolled = width < 600 ? '.scroll *, ' : '';
      const beyond = await page
        .locator(`body *:not(${scrolled}.said, .skip, svg *)`)
        .evaluateAll(
          (elements, right) =>
            elements
              .filter((element) => element.getBoundingClientRect().right > right)
              .map((element) => element.outerHTML.slice(0, 120)),
          width + 1,
        );
      expect(beyond).toEqual([]);
      expect(await page.locator('html').evaluate((root) => root.scrollWidth)).toBeLessThanOrEqual(width);
      await page.close();
    },
  );

  it('has names for all that is used, a single id each, and headings in order', async () => {
    const page = await show(pageOf(results));
    const found = await page.locator('html').evaluate((root) => {
      const all = (selector: string): (typeof root)[] => [...root.querySelectorAll(selector)];
      const ids = all('[id]').map(({ id }) => id);
      const levels = all('h1, h2, h3').map(({ tagName }) => Number(tagName[1]));
      const pointsNowhere = (value: string | null) =>
        value !== null && root.ownerDocument.getElementById(value) === null;
      return {
        twice: ids.filter((id, index) => ids.indexOf(id) !== index),
        jumps: levels.filter((level, index) => level > (levels[index - 1] ?? 0) + 1),
        titles: levels.filter((level) => level === 1).length,
        nameless: all('select, button, summary, a, [role=img], [role=region], form').filter((element) => {
          const labelled = element.getAttribute('aria-label') ?? element.getAttribute('aria-labelledby');
          return !labelled && !element.closest('label') && element.textContent?.trim() === '';
        }).length,
        pointless: all('[aria-labelledby]').filter((e) => pointsNowhere(e.getAttribute('aria-labelledby')))
          .length,
        deadLinks: all('a, use').filter((e) => pointsNowhere(e.getAttribute('href')?.slice(1) ?? null))
          .length,
        silentPictures: all('svg:not([aria-hidden] *)').filter(
          (svg) => svg.getAttribute('aria-hidden') !== 'true' && !svg.getAttribute('aria-label'),
        ).length,
        headersWithoutScope: all('th:not([scope])').length,
        language: root.lang,
      };
    });
    expect(found).toEqual({
      twice: [],
      jumps: [],
      titles: 1,
      nameless: 0,
      pointless: 0,
      deadLinks: 0,
      silentPictures: 0,
      headersWithoutScope: 0,
      language: 'en',
    });
    await page.close();
  });

  it('is told to who listens: outcome, fault, drill and times of each line', async () => {
    const page = await show(pageOf(results));
    const line = page.locator('.drill[data-outcome="recovered"] summary').first();
    expect((await line.textContent())?.replace(/\s+/g, ' ')).toMatch(
      /^recovered: [A-Z_]+ drill-\d+ · \w+( · substitute)?detect [\d.]+ m?srecovery [\d.]+ m?srestore [\d.]+ m?s$/,
    );
    await page.close();
  });

  it('is used with the keyboard: the first stop skips to the drills, and Enter opens one', async () => {
    const page = await show(pageOf(results));
    await page.keyboard.press('Tab');
    expect(await page.locator(':focus').textContent()).toBe('Skip to the drills');
    await page.keyboard.press('Enter');
    expect(new URL(page.url()).hash).toBe('#drills');
    const closed = page.locator('.drill:not([open]) summary').first();
    await closed.focus();
    const id = await closed.evaluate((summary) => summary.parentElement?.id);
    await page.keyboard.press('Enter');
    await page.locator(`#${id}[open]`).waitFor();
    await page.close();
  });

  it('is printed light, without what only a screen can do', async () => {
    const page = await show(pageOf(results), { colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('#filter').isVisible()).toBe(false);
    const background = await page
      .locator('html')
      .evaluate((root) => root.ownerDocument.defaultView.getComputedStyle(root).backgroundColor);
    expect(background).toBe('rgb(247, 248, 248)');
    expect((await page.pdf({ format: 'A4' })).byteLength).toBeGreaterThan(50_000);
    await page.close();
  });
});
