// Loaded into a sabotaged process before all else, and into those that it starts: see run-sabotage.ts.
import { registerHooks } from 'node:module';

const { url, replace, by } = JSON.parse(process.env['SUSTAIN_SABOTAGE'] ?? '{}');

registerHooks({
  load(loaded, context, nextLoad) {
    const result = nextLoad(loaded, context);
    if (loaded !== url) return result;
    // Not `replace(text, text)`, to which `$&` would mean something.
    return { ...result, source: String(result.source).split(replace).join(by) };
  },
});
