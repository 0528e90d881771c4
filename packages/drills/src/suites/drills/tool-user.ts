import { type AnyFaultFactory, Signals } from '@sustain/kernel';
import { type Drill, type DrillSubject, drill, type Sabotage, type Scene } from '../../drill/index.ts';
import { startInjection } from '../../injection/index.ts';

/** What is the same of all mistakes that somebody makes with a tool: it is refused, told, and corrected. */
export interface Misuse {
  readonly name: string;
  readonly fault: AnyFaultFactory;
  readonly breaks: string;
  /** A good use of the tool; throws when it does not do what it should. */
  readonly good: () => Promise<void> | void;
  /** The bad one. */
  readonly bad: (scene: Scene) => Promise<unknown> | unknown;
  readonly sabotage: Sabotage;
}

/** Somebody uses a tool well, and once badly. */
export function misuse({ name, fault, breaks, good, bad, sabotage }: Misuse): Drill {
  return drill<DrillSubject>({
    name,
    fault,
    kind: 'input',
    breaks,
    recovers: 'it is refused, and told with its cure; good use goes on',
    notices: 'the message, in the place of the mistake',
    subject: () => ({
      drillable: true,
      signals: new Signals(),
      async use() {
        await good();
        return 'full';
      },
      close: () => undefined,
    }),
    async inject(_subject, scene) {
      await scene.attempt(() => bad(scene));
    },
    sabotage,
  });
}

/** Nothing that is not named by its path is found while this lasts. */
export function withoutPrograms(scene: Scene): void {
  const { PATH: path = '' } = process.env;
  process.env['PATH'] = '';
  const undo = () => {
    process.env['PATH'] = path;
  };
  scene.inject(startInjection({ what: 'an empty PATH', undo }));
}
