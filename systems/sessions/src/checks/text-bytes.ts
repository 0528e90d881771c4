/** What a text takes in UTF-8. Without Buffer: clients check in browsers, too. */
export function textBytes(text: string): number {
  return ENCODER.encode(text).length;
}

/** What a text takes in UTF-8 as JSON, with its quotes. In one pass, and no copy is made. */
export function jsonTextBytes(text: string): number {
  let bytes = text.length + QUOTES;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) {
      if (unit < 0x20) bytes += SHORT_ESCAPES.includes(unit) ? 1 : LONG_ESCAPE - 1;
      else if (unit === QUOTE || unit === BACKSLASH) bytes++;
    } else if (unit < 0x8_00) {
      bytes++;
    } else if (unit < 0xd8_00 || unit > 0xdf_ff) {
      bytes += 2;
    } else if (unit < 0xdc_00 && isLowSurrogate(text.charCodeAt(at + 1))) {
      bytes += 2; // a pair: four bytes for two units
      at++;
    } else {
      bytes += LONG_ESCAPE - 1; // half a pair is written as an escape
    }
  }
  return bytes;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc_00 && unit <= 0xdf_ff;
}

const ENCODER = new TextEncoder();
const QUOTES = 2;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** Written as a backslash and a letter: backspace, tab, line feed, form feed, carriage return. */
const SHORT_ESCAPES = [0x08, 0x09, 0x0a, 0x0c, 0x0d];
/** Written as a backslash, `u` and four digits. */
const LONG_ESCAPE = 6;
