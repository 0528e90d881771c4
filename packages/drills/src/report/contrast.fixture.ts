import type { Page } from 'playwright-core';

/**
 * How many texts a page shows, and those whose contrast to what is behind them is below 4.5 (WCAG 2.2, 1.4.3), as
 * `ratio text`.
 */
export async function barelyReadable(page: Page): Promise<{ texts: number; poor: string[] }> {
  return page.locator('body').evaluate((body) => {
    type Element = typeof body;
    const { ownerDocument: document } = body;
    const { defaultView: view } = document;
    const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
    const poor = new Set<string>();
    let texts = 0;

    const walker = document.createTreeWalker(body, view.NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const element = node.parentElement;
      const text: string = node.textContent.trim();
      if (text === '' || !isShown(element)) continue;
      texts++;
      const { fill, color } = view.getComputedStyle(element);
      const behind = colourBehind(element);
      const ratio = contrast(over(element instanceof view.SVGElement ? fill : color, behind), behind);
      if (ratio < 4.5) poor.add(`${ratio.toFixed(2)} ${text.slice(0, 40)}`);
    }
    return { texts, poor: [...poor] };

    function isShown(element: Element): boolean {
      return (
        element.checkVisibility() && element.closest('script, style, title, .said, .skip, option') === null
      );
    }

    function colourBehind(element: Element): number[] {
      const chain: Element[] = [];
      for (let each = element; each !== null; each = each.parentElement) chain.unshift(each);
      return chain.reduce<number[]>(
        (behind, each) => over(view.getComputedStyle(each).backgroundColor, behind),
        [255, 255, 255],
      );
    }

    /** What a colour in the words of CSS makes of the one behind it. */
    function over(colour: string, behind: readonly number[]): number[] {
      canvas.fillStyle = `rgb(${behind.join(' ')})`;
      canvas.fillRect(0, 0, 1, 1);
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      return [...canvas.getImageData(0, 0, 1, 1).data.slice(0, 3)];
    }

    function contrast(one: readonly number[], other: readonly number[]): number {
      const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
      return (lighter + 0.05) / (darker + 0.05);
    }

    function luminance(colour: readonly number[]): number {
      const [red = 0, green = 0, blue = 0] = colour.map((value) => {
        const share = value / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    }
  });
}
