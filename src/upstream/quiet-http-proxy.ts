/** http-proxy, loaded after util._extend is replaced: it keeps that function while it loads, and Node 22 and later warn when it is called (DEP0060). */
import { createRequire } from 'node:module'
import util from 'node:util'
import type httpProxyType from 'http-proxy'

Object.defineProperty(util, '_extend', { value: Object.assign, configurable: true, writable: true })

// An import would be loaded before this module runs, and so it is in what scripts/build.js makes, whatever the order of imports.
const httpProxy: typeof httpProxyType = createRequire(import.meta.url)('http-proxy')

export default httpProxy
