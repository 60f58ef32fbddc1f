/** The console's files, and its one page for every address that is no file. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance } from 'fastify'
import { Refusal } from '../refusal.ts'
import { errorAnswer } from './errors.ts'

const yearSeconds = 31_536_000

/** Serves a folder; without one, every address outside the interface is `not-found`. */
export async function serveConsole(app: FastifyInstance, folder: string | undefined): Promise<void> {
  const there = folder !== undefined && existsSync(join(folder, 'index.html'))
  if (there) {
    await app.register(fastifyStatic, {
      root: folder,
      index: ['index.html'],
      redirect: false,
      dotfiles: 'ignore',
      setHeaders(response, path) {
        // Names of built files have their hash in them; the page that names them must be fresh.
        const immutable = path.includes('/assets/')
        void response.header('cache-control', immutable ? `public, max-age=${yearSeconds}, immutable` : 'no-cache')
      },
    })
  }
  app.setNotFoundHandler((request, reply) => {
    const page = request.method === 'GET' && !request.url.startsWith('/api') && pageAddress.test(request.url)
    if (there && page) return reply.sendFile('index.html')
    return reply.code(404).send(errorAnswer(new Refusal('not-found', 'there is nothing here')))
  })
}

/** Addresses inside the console: names and ids; a dot would be a file. */
const pageAddress = /^\/[A-Za-z0-9/_-]*(\?|$)/
