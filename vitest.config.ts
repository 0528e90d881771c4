import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';

const folders = ['packages', 'systems', 'studio', 'bench', 'scripts', 'test'];
const live = folders.map((folder) => `${folder}/**/*.live.test.ts`);
const crash = folders.map((folder) => `${folder}/**/*.crash.test.ts`);

declare module 'vitest' {
  export interface ProvidedContext {
    /** Whether long tests take their full form: `npm run test:long`. */
    long: boolean;
  }
}

export default defineConfig({
  test: {
    exclude: ['**/node_modules/**', '**/build/**', '**/dist/**'],
    restoreMocks: true,
    // Machines are shared, and some give a third of a processor: these end what hangs. What has to be fast measures it.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 20_000 } },
    // They also take a second away now and then: what fails twice is no accident. Both times are printed.
    retry: process.env['CI'] === undefined ? 0 : 1,
    provide: { long: process.env['SUSTAIN_TEST_LONG'] !== undefined },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: folders.map((folder) => `${folder}/**/*.test.ts`),
          exclude: ['**/node_modules/**', '**/build/**', '**/dist/**', ...live, ...crash],
          maxWorkers: '100%',
          sequence: { groupOrder: 1 },
        },
      },
      {
        // What kills processes and measures no time: most of it is waiting, so some run beside each other.
        extends: true,
        test: {
          name: 'crash',
          include: crash,
          maxWorkers: '100%',
          sequence: { groupOrder: 2 },
        },
      },
      {
        // What measures real time, sound or processes: one file after the other, and only when nothing else runs.
        extends: true,
        test: {
          name: 'live',
          include: live,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
      {
        // The kernel promises to run in browsers: its own tests in Chromium, save those that need Node, or take long and
        // need nothing that a host has (`.node.test.ts`).
        extends: true,
        test: {
          name: 'chromium',
          include: ['packages/kernel/src/**/*.test.ts'],
          exclude: [
            '**/*.live.test.ts',
            '**/*.crash.test.ts',
            '**/*.node.test.ts',
            'packages/kernel/src/node/**',
          ],
          fileParallelism: false,
          sequence: { groupOrder: 4 },
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
                args: ['--no-sandbox', '--disable-dev-shm-usage'],
              },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});
