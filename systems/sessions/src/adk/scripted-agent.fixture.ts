import {
  AgentTool,
  BaseLlm,
  FunctionTool,
  LlmAgent,
  type LlmRequest,
  type LlmResponse,
  Runner,
} from '@google/adk';
import type { AdkSessionService, Event } from './adk-types.ts';

/** What the model answers to what it was told last: a text, or a call of a tool. */
export type Script = (
  told: string,
  request: LlmRequest,
) => string | { readonly tool: string; readonly args: object };

/** A model without a network. */
class ScriptedModel extends BaseLlm {
  readonly #script: Script;

  constructor(script: Script) {
    super({ model: 'scripted' });
    this.#script = script;
  }

  override async *generateContentAsync(request: LlmRequest): AsyncGenerator<LlmResponse, void> {
    const part = request.contents.at(-1)?.parts?.at(-1);
    const answered = part?.functionResponse?.response;
    const answer = this.#script(
      answered === undefined ? (part?.text ?? '') : `tool: ${JSON.stringify(answered)}`,
      request,
    );
    if (typeof answer === 'string') yield { content: { role: 'model', parts: [{ text: answer }] } };
    else {
      const functionCall = { name: answer.tool, args: { ...answer.args } };
      yield { content: { role: 'model', parts: [{ functionCall }] } };
    }
  }

  override connect(): never {
    throw new Error('a scripted model has no live connection');
  }
}

export const APP = 'talk';
export const USER = 'ana';

/**
 * ADK's own Runner with an agent that answers, that remembers with a tool what follows `remember`, and that asks another agent
 * with a tool what follows `ask`. `during` is called while the tool works.
 */
export function scriptedRunner(
  sessionService: AdkSessionService,
  during: () => unknown = () => undefined,
): Runner {
  const remember = new FunctionTool({
    name: 'remember',
    description: 'remembers',
    execute: async (_input, context) => {
      await during();
      context?.state.set('remembered', (context.state.get<number>('remembered') ?? 0) + 1);
      context?.state.set('temp:note', 'only now');
      return { done: true };
    },
  });
  const expert = new LlmAgent({
    name: 'expert',
    description: 'knows',
    model: new ScriptedModel((told) => `the expert says: ${told}`),
  });
  const model = new ScriptedModel((told) => {
    if (told.startsWith('remember')) return { tool: 'remember', args: {} };
    if (told.startsWith('ask')) return { tool: 'expert', args: { request: told.slice(4) } };
    return `heard: ${told}`;
  });
  const agent = new LlmAgent({ name: 'talker', model, tools: [remember, new AgentTool({ agent: expert })] });
  return new Runner({ appName: APP, agent, sessionService });
}

/** One turn. Answers what the user hears. */
export async function turn(runner: Runner, sessionId: string, text: string): Promise<string[]> {
  const heard: string[] = [];
  const newMessage = { role: 'user', parts: [{ text }] };
  for await (const event of runner.runAsync({ userId: USER, sessionId, newMessage }))
    heard.push(...spokenIn(event));
  return heard;
}

/** What is said, called and answered in the events, in order. */
export function storyOf(events: readonly Event[] = []): string[] {
  return events.flatMap((event) =>
    (event.content?.parts ?? []).map(
      ({ text, functionCall, functionResponse }) =>
        text ?? (functionCall ? `call ${functionCall.name}` : `result of ${functionResponse?.name}`),
    ),
  );
}

function spokenIn({ content }: Event): string[] {
  return (content?.parts ?? []).flatMap(({ text }) => text ?? []);
}
