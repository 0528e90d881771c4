import { registerHooks } from 'node:module';
import { exportToOpenTelemetry, type Metrics, metricsFaults } from '@sustain/ops/metrics';
import { drill, type Scene } from '../../drill/index.ts';
import { startInjection } from '../../injection/index.ts';
import { sourceOf } from '../source-of.ts';
import { type CountingProgram, countingProgram } from './program.ts';

export const promClientMissing = drill<CountingProgram>({
  name: 'prom-client-not-installed',
  fault: metricsFaults.METRICS_PEER_MISSING,
  kind: 'configuration',
  breaks: 'a program that is scraped is started where prom-client is not installed',
  recovers:
    'a person is told what to install, and the next scrape finds it; what was counted before is in it',
  notices: 'no metrics, until the package is installed',
  limits: { detectMs: 2000, restoreMs: 4000 },
  subject: () => countingProgram(),
  inject(program, scene) {
    uninstall('prom-client', scene);
    program.restart();
  },
  sabotage: {
    file: sourceOf('packages/ops/src/metrics/metrics.ts'),
    replace: 'this.#loading = undefined;',
    by: '',
  },
});

export const openTelemetryMissing = drill<CountingProgram>({
  name: 'opentelemetry-not-installed',
  fault: metricsFaults.METRICS_PEER_MISSING,
  kind: 'configuration',
  breaks: 'a program that exports to OpenTelemetry is started where its API is not installed',
  recovers: 'a person is told what to install; scrapes go on meanwhile',
  notices: 'nothing in OpenTelemetry, until the package is installed',
  limits: { detectMs: 2000, restoreMs: 4000 },
  async subject() {
    const program = countingProgram();
    await exportOnce(program.metrics);
    return program;
  },
  async inject({ metrics }, scene) {
    uninstall('@opentelemetry/api', scene);
    await scene.attempt(() => exportOnce(metrics));
  },
  afterwards: ({ metrics }) => exportOnce(metrics),
  sabotage: {
    file: sourceOf('packages/ops/src/metrics/open-telemetry.ts'),
    replace: "if ((error as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw error;",
    by: 'throw error;',
  },
});

/** Begins to export, and ends that. */
async function exportOnce(metrics: Metrics): Promise<void> {
  (await exportToOpenTelemetry(metrics)).stop();
}

/** Looks for the package where nothing is installed, whoever asks for it: it is Node that does not find it. */
function uninstall(name: string, scene: Scene): void {
  const nowhere = 'file:///nowhere/module.js';
  const hooks = registerHooks({
    resolve: (specifier, context, next) =>
      next(specifier, specifier === name ? { ...context, parentURL: nowhere } : context),
  });
  const substitute = `this process looks for ${name} in a folder where it is not installed`;
  scene.inject(
    startInjection({ what: `${name} is not installed`, substitute, undo: () => hooks.deregister() }),
  );
}
