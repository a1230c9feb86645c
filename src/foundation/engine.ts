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
 * Keeps room for new objects at the megabyte that it begins with. Left alone it grows to twice 16, all of which is touched again and
 * again and so stays resident; pages are made no faster with it, and each collection takes four times as long.
 * To be called anew again and again while a thread begins: V8 takes the factor back to 2, for all of the program, when it makes room for
 * one, and what has grown stays.
 */
export function keepNewSpaceSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
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
