/** Asks for the first item at once, so that it is made while nobody waits for it yet. Leaving the loop early ends what makes them. */
export function begin<T>(
  items: AsyncGenerator<T, void, undefined>,
  onFailure: (error: unknown) => void = () => undefined,
): AsyncIterable<T> {
  const first = items.next();
  // Whoever reads sees the error, too.
  first.catch(onFailure);
  return (async function* () {
    try {
      const { done, value } = await first;
      if (done === true) return;
      yield value;
      yield* items;
    } finally {
      await items.return();
    }
  })();
}
