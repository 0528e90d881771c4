import { audioTimeline } from './audio-timeline.ts';
import { simulatedConnection } from './connection.ts';
import { SimulatedNetwork } from './network.ts';
import { simulatedPort } from './port.ts';
import { simulatedProcess } from './process.ts';
import type { Simulation } from './simulation.ts';
import { SimulationClock } from './simulation-clock.ts';
import type { World } from './world.ts';

export function simulatedWorld(simulation: Simulation): World {
  const life = simulation.root;
  const user = new AbortController();
  const connection = simulatedConnection(simulation, life);
  const cancel = () => {
    simulation.note('the user cancels');
    user.abort();
  };
  const around = { simulation, life, connection, cancel };
  const network = new SimulatedNetwork(simulation);
  const timelines = new Map<string, ReturnType<typeof audioTimeline>>();
  return {
    clock: new SimulationClock(simulation, life),
    random: simulation.random.fork('program'),
    user: user.signal,
    connection,
    port: (name, impl, options) => simulatedPort(around, name, impl, options),
    process: (name, start, options = {}) => simulatedProcess(around, network, name, start, options),
    network(options = {}) {
      network.configure(options);
      return network;
    },
    audio(listener) {
      const timeline = timelines.get(listener) ?? audioTimeline(simulation, listener);
      timelines.set(listener, timeline);
      return timeline;
    },
    invariant: (name, check, options = {}) => simulation.addInvariant(name, check, options),
    note: (text) => simulation.note(text),
  };
}
