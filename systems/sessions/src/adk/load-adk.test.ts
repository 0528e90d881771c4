import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

/** As in a project that has not installed it. */
const hidden = `
  import { registerHooks } from 'node:module';
  registerHooks({
    resolve(specifier, context, next) {
      if (specifier !== '@google/adk') return next(specifier, context);
      const message = "Cannot find package '@google/adk' imported from " + context.parentURL;
      throw Object.assign(new Error(message), { code: 'ERR_MODULE_NOT_FOUND' });
    },
  });`;

test('without ADK the package loads, and its entry point for ADK says what to install', async () => {
  const program = `
    const { sessionFaults } = await import('@sustain/sessions');
    const error = await import('@sustain/sessions/adk').catch((error) => error);
    console.log(JSON.stringify({ code: error.code, message: error.message, ours: sessionFaults.ADK_MISSING.matches(error) }));`;
  const args = ['--import', `data:text/javascript,${encodeURIComponent(hidden)}`];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...args, '--input-type=module', '--eval', program],
    { cwd: import.meta.dirname },
  );
  expect(JSON.parse(stdout)).toEqual({
    code: 'ADK_MISSING',
    message:
      '@sustain/sessions/adk needs the package "@google/adk", which is not installed: npm install @google/adk@^2.0.0',
    ours: true,
  });
});
