/** Must be imported before http-proxy: it reads util._extend while it loads, whose use Node 22 and later warn of (DEP0060). */
import util from 'node:util'

Object.defineProperty(util, '_extend', { value: Object.assign, configurable: true, writable: true })
