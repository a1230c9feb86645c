/** What `make` makes, made when it is asked for the first time: what no start needs need not make starts longer. */
export function onFirstUse<Made>(make: () => Made): () => Made {
  let made: { value: Made } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
