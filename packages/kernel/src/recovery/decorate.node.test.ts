import ts from 'typescript';
import { expect, test } from 'vitest';
import { circuitBreaker } from './circuit-breaker.ts';
import { withRetry } from './with-retry.ts';

test('the syntax: what tsc makes of @withRetry and @circuitBreaker keeps this, statics and private methods', async () => {
  const source = `
    class Api {
      calls = 0;
      static online = 0;
      #prefix = 'better';
      @withRetry({ maxRetries: 2, backoff: () => 0 })
      async enhance(audio: string): Promise<string> {
        if (++this.calls === 1) throw new Error('away');
        return this.#render(audio);
      }
      @circuitBreaker({ failureThreshold: 1, fallback: () => 'local' })
      async fragile(): Promise<string> {
        throw new Error('broken');
      }
      @withRetry({ backoff: () => 0 })
      static async connect(): Promise<number> {
        if (++Api.online < 3) throw new Error('away');
        return this.online;
      }
      @withRetry()
      async #render(audio: string): Promise<string> {
        return this.#prefix + ' ' + audio;
      }
    }
    return Api;`;
  const { outputText, diagnostics } = ts.transpileModule(`async function make() {${source}}`, {
    reportDiagnostics: true,
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  expect(diagnostics).toEqual([]);
  expect(outputText).not.toContain('@withRetry');
  const make = new Function('withRetry', 'circuitBreaker', `${outputText}; return make();`);
  const Api = await make(withRetry, circuitBreaker);
  const api = new Api();
  expect(await api.enhance('voice')).toBe('better voice');
  expect(api.calls).toBe(2);
  expect(await Api.connect()).toBe(3);
  await expect(api.fragile()).rejects.toThrow('broken');
  expect(await new Api().fragile()).toBe('local'); // One circuit for all instances.
});
