import { createServer } from 'node:http'
import { keepShapeOfTicks } from '../../src/foundation/engine.js'
import { openBench } from './open-bench.js'

/** A press of which every page is made anew: its routes without the door that keeps pages. Argument: a data directory. */
keepShapeOfTicks()
const { http } = await openBench(process.argv[2] ?? '')
await http.ready()
createServer((request, response) => http.routing(request, response)).listen(
  Number(process.env.PORT),
  '127.0.0.1',
)
