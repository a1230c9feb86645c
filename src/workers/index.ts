import cluster from 'node:cluster'

export { type Line, openLine } from './line.js'
export { oversee } from './overseer.js'

/** Whether this process is one of several that share the port. */
export const isWorker = cluster.isWorker

/** Whether it prepares what all stand on: the schema, the first edition, the home of the database. */
export const isFirst = !cluster.worker || cluster.worker.id === 1
