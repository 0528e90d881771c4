/**
 * Runs in a page: how many texts are shown, and those whose contrast to what is behind them is below 4.5 (WCAG 2.2,
 * 1.4.3), as `ratio text`. Self-contained, because it is sent there as its own source.
 */
export function barelyReadable(): { texts: number; poor: string[] } {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const poor = new Set<string>();
  let texts = 0;

  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement;
    if (element === null || node.textContent?.trim() === '' || !isShown(element)) continue;
    texts++;
    const style = getComputedStyle(element);
    const behind = colourBehind(element);
    const ratio = contrast(over(style[element instanceof SVGElement ? 'fill' : 'color'], behind), behind);
    if (ratio < 4.5) poor.add(`${ratio.toFixed(2)} ${node.textContent?.trim().slice(0, 40)}`);
  }
  return { texts, poor: [...poor] };

  function isShown(element: Element): boolean {
    const hidden = element.closest('script, style, title, .said, .skip, option');
    return hidden === null && element.checkVisibility();
  }

  function colourBehind(element: Element): number[] {
    const chain: Element[] = [];
    for (let each: Element | null = element; each !== null; each = each.parentElement) chain.unshift(each);
    return chain.reduce<number[]>(
      (behind, each) => over(getComputedStyle(each).backgroundColor, behind),
      [255, 255, 255],
    );
  }

  /** What a colour in the words of CSS makes of the one behind it. */
  function over(colour: string, behind: readonly number[]): number[] {
    if (canvas === null) throw new Error('the page has no canvas to mix colours on');
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
}
