import { randomUUID } from 'node:crypto'
import path from 'node:path'
import formbody from '@fastify/formbody'
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyServerOptions,
  LogController,
  type RouteOptions,
} from 'fastify'
import { type Assets, loadAssets } from './assets.js'
import { registerHeaders, transportPolicy } from './headers.js'
import { httpServer, refuseUnreadable } from './http-server.js'
import { parseQuery } from './page-address.js'
import { type PageDoor, type PageDoorOptions, pageDoor } from './page-door.js'
import { type Furniture, registerPages } from './pages.js'

export interface HttpOptions {
  log: FastifyBaseLogger
  /** whose `X-Forwarded-*` are believed */
  trustProxy: FastifyServerOptions['trustProxy']
  https: boolean
  hsts: 'host' | 'subdomains' | 'preload'
  onionUrl: string | undefined
  /** the program's own: `views` and `dist/assets` stand in it */
  programFolder: string
  /** what every page stands in; styles, scripts and addresses of assets are added here */
  furniture: () => Promise<Furniture>
  /** where pages are kept as finished bytes; none are when this is not said */
  pages?: Omit<PageDoorOptions, 'log'> | undefined
  /** is told of every route, for whoever checks them against what is written of them */
  onRoute?: ((route: RouteOptions) => void) | undefined
}

interface OpenedHttp {
  http: FastifyInstance
  assets: Assets
  /** what the pages that are kept do, where any are */
  keptPages?: PageDoor['tally'] | undefined
}

const MEGABYTE = 1_048_576

/** An HTTP application without a route: it knows headers, forms and pages, and nothing of what stands on them. */
export async function openHttp(options: HttpOptions): Promise<OpenedHttp> {
  const { log, trustProxy, programFolder, furniture, pages, onRoute } = options
  const door = pages && pageDoor({ ...pages, log })
  const every = transportPolicy(options)
  const http: FastifyInstance = Fastify({
    serverFactory: (routes, listening) => httpServer(door ? door.before(routes) : routes, listening, every),
    clientErrorHandler: (error, socket) => refuseUnreadable(error, socket, every),
    loggerInstance: log,
    // To add a request's number to lines that nobody writes takes longer than many an answer.
    childLoggerFactory: (log, bindings, options) =>
      log.level === 'silent' ? log : log.child(bindings, options),
    logController: new LogController({ disableRequestLogging: true }),
    // No count: the log would tell how many came to the tip line meanwhile.
    genReqId: () => randomUUID(),
    trustProxy: trustProxy as boolean,
    bodyLimit: MEGABYTE,
    // How long a request may take depends on its size: `slow-clients.ts` asks for a rate.
    requestTimeout: 0,
    // An answer that nobody fetched looks like one that was: to Node, both lie with the system.
    keepAliveTimeout: 15_000,
    return503OnClosing: false,
    rewriteUrl: request => readableAddress(request.url ?? '/'),
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
    // Addresses are as long as Node's header limit allows; what is too long for a slug is simply not found.
    routerOptions: { maxParamLength: 16_384, ignoreTrailingSlash: true, querystringParser: parseQuery },
  })
  door?.register(http)
  if (onRoute) http.addHook('onRoute', onRoute)

  const assets = loadAssets([
    path.join(programFolder, 'views/assets'),
    path.join(programFolder, 'dist/assets'),
  ])
  const style = assets.inline('paper.css')
  const script = assets.inline('share.js')
  registerHeaders(http, { ...options, styleHashes: [style.hash], scriptHashes: [script.hash] })
  // Forms come as forms; whatever else comes is answered 415.
  http.removeAllContentTypeParsers()
  await http.register(formbody, { bodyLimit: MEGABYTE })
  await registerPages(http, {
    views: path.join(programFolder, 'views'),
    furniture,
    belongings: { assets, style: style.text, script: script.text },
  })
  return { http, assets, keptPages: door?.tally }
}

// Shapes are checked by zod, in the routes. Fastify's own compilers for JSON Schema would be loaded with each start for nothing.
const noSchemas = (): never => {
  throw new Error('Routes name no JSON Schema here: parse what comes in with zod.')
}

/** Gives routes of a scope that do not say how much they take a limit, in bytes. To be called before there are any. */
export function limitForms(scope: FastifyInstance, most: number): void {
  scope.addHook('onRoute', route => {
    route.bodyLimit ??= most
  })
}

// An address with a broken percent sign is nobody's: it goes to the page that says so, through every hook.
function readableAddress(url: string): string {
  try {
    decodeURIComponent(url.split('?', 1)[0] as string)
    return url
  } catch {
    return '/unreadable-address'
  }
}
