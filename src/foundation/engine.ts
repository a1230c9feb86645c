import { executionAsyncResource } from 'node:async_hooks'
import { availableParallelism } from 'node:os'
import { setFlagsFromString } from 'node:v8'

/*
 * How V8 deals with memory, and when it optimises. Each of these changes what it takes a compiled form for (its flags are part of that),
 * so they are set once the program's is taken.
 */

/**
 * Leaves machine code as it is compiled at first. What a start calls often it calls no more afterwards, and its optimising, on threads
 * of V8's own, takes a fifth of a start where one core is all there is.
 */
export function optimiseNothing(): void {
  setFlagsFromString('--no-opt')
}

/** Optimises what is called often, as V8 does if it is left alone. To be called by whatever runs for longer than a start. */
export function optimise(): void {
  setFlagsFromString('--opt')
}

/**
 * Optimises, but only what has run eight times as much as V8 asks for by itself. A server meets that within seconds for what every page
 * takes, while what is run fifty times a second would be optimised for minutes, one function after the other: 5 to 20 ms each on another
 * thread, and where one core is all there is, readers wait for that. Thirty-two times would keep pages slow for too long.
 */
export function optimiseForLong(): void {
  setFlagsFromString(`--interrupt-budget=${8 * 67_584}`)
  optimise()
}

/** Options of Node in the first line of `launch.ts`: the thread that a program begins on cannot be given another room once it runs. */
export const NEW_SPACE = ['--min-semi-space-size=4', '--max-semi-space-size=4']

/**
 * Gives threads that begin from now on the same room for new objects as the first line of `launch.ts` gives the program, 4 MB and the
 * same again to move them to. Left alone it begins with one, and what answers sign-ups while readers come lives on beyond it, as old
 * objects that have to be looked through three times as often; and it grows to 16, all of which stays resident, while each collection
 * takes four times as long and pages are made no faster.
 */
export function holdNewSpace(): void {
  for (const flag of NEW_SPACE) setFlagsFromString(flag)
}

/**
 * Collects new objects without help from other threads, if one core is all there is: they would take it from each other, and who waits
 * for an answer would wait for all of them. (V8 asks for this flag at each collection. Those for old objects must not change once it runs.)
 */
export function collectNewAlone(): void {
  if (availableParallelism() === 1) setFlagsFromString('--no-parallel-scavenge')
}

/**
 * Collects once as much has been added as was alive. Left alone V8 lets up to three times as much stand, and with it the bytes
 * of pages that are kept no more, which lie outside its heap. Two fifths would save more, and cost kept pages a seventh of their speed.
 */
export function collectSooner(): void {
  setFlagsFromString('--heap-growing-percent=100')
}

// biome-ignore lint/correctness/noUnusedVariables: it is there to be alive.
let kept: object | undefined

/**
 * Keeps one of the objects in which Node holds what `process.nextTick` is given. If garbage is collected while none is alive, their
 * shape goes with it, and V8, which takes that for a second shape, makes each one the slow way from then on: 0.8 µs instead of 0.1,
 * several times a request. A first start, which makes pictures for a while before readers come, was a fifth slower for it.
 */
export function keepShapeOfTicks(): void {
  process.nextTick(() => {
    kept ??= executionAsyncResource()
  })
}
