/** Counts what was really done. */
export function ledger() {
  const done: string[] = [];
  return {
    done,
    save: async (text: string, _options?: { readonly signal?: AbortSignal }) => {
      done.push(text);
      return done.length;
    },
    saveSync: (text: string) => done.push(text),
    send: (text: string): void => void done.push(text),
  };
}
