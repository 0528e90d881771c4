import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { html } from './html.ts';

describe('a template', () => {
  it('escapes text, keeps markup that it made, joins lists, and leaves out what is missing', () => {
    const name = html`<b>${'a < b & "c"'}</b>`;
    expect(html`<p title="${`it's`}">${[name, false, undefined, 7]}</p>`.markup).toBe(
      '<p title="it&#39;s"><b>a &lt; b &amp; &quot;c&quot;</b>7</p>',
    );
  });

  test.each([
    ['\u001b[31mred\u001b[0m', '␛[31mred␛[0m'],
    ['\u0000\u007f\u009b', '␀␡⟨U+009B⟩'],
    ['abc\u202edcba', 'abc⟨U+202E⟩dcba'],
    ['zero\u200bwidth\ufeff', 'zero⟨U+200B⟩width⟨U+FEFF⟩'],
    ['two\r\nlines', 'two␍\nlines'],
    ['half \ud83d', 'half \ufffd'],
  ])('shows what is not seen: %j', (text, shown) => expect(html`${text}`.markup).toBe(shown));

  it('lets no text become markup, in an element or in an attribute', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(html`${text}`.markup).not.toMatch(/[<>"']|\p{Cc}(?<!\n)/u);
      }),
    );
  });
});
