/** A code of an app that is right half a minute too late or too early. */
export type Untimely = 'late' | 'early'

/** What is said of it. Whoever reads this has given the right password before, and is shown the form for the code again. */
export const untimely: Record<Untimely, string> = {
  late: 'This code has just ended. Enter the one that the app shows now. If that has ended as well, set the clock of your device to automatic time.',
  early:
    'This code is not good yet: the clock of your device is ahead. Set it to automatic time, then enter what the app shows.',
}
