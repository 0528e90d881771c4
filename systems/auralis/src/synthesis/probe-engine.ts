import { type Clock, createSupervisor } from '@sustain/kernel';
import type { EngineName } from './engine-name.ts';
import { saysReady } from './messages.ts';
import { RenderProbe } from './render-probe.ts';
import { type SynthesisProgram, synthesisChild } from './synthesis-child.ts';
import { SynthesisPort } from './synthesis-port.ts';

/** Whether an engine renders a test phrase, in a process of its own that is gone afterwards. Never rejects. */
export async function probeEngine(
  program: SynthesisProgram,
  engine: EngineName,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  const child = synthesisChild(program, () => engine, { restart: 'temporary', ready: saysReady });
  const port = new SynthesisPort(child.port);
  const supervisor = createSupervisor({ id: 'auralis-engine-probe', children: [child], clock });
  const stop = () => void supervisor.stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    await supervisor.start();
    if (port.engine !== engine) return false;
    await new RenderProbe({ port, clock }).look(signal);
    return true;
  } catch {
    return false; // why it does not render was told when it was left
  } finally {
    signal.removeEventListener('abort', stop);
    await supervisor.stop();
  }
}
