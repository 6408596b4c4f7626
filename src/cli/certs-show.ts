/** `portcullis certs show`: shows a certificate, and whether it and its key are usable. */
import { existsSync, statSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { Command } from 'commander'
import { readCertificates } from '../certificates/check-pair.js'
import { certificateFiles } from '../certificates/create-in-folder.js'
import { type CertificateDescription, describeCertificate } from '../certificates/describe.js'
import { readProblem } from '../certificates/file-problem.js'
import { loadPair } from '../certificates/load-pair.js'
import { dateWarnings, nameWarnings, timeLeft } from '../certificates/warnings.js'
import { type Problem, ProblemsFound } from '../errors/problem.js'
import type { CommandContext } from './certs-create.js'
import { paint, printWarnings, table, wrapWords } from './output.js'

/** The command `show`. Exit code 1 if a certificate is unreadable or a pair is unusable. */
export function showCommand(context: CommandContext): Command {
  return new Command('show')
    .description('Show what a certificate says and whether it and its key can be used.')
    .argument('[file]', 'a file of certificates, or a folder with cert.pem and key.pem')
    .option('--certs <dir>', 'the folder with cert.pem and key.pem (default: certs)')
    .action(async (file: string | undefined, flags: { readonly certs?: string }) => {
      if (file !== undefined && flags.certs !== undefined) {
        throw new ProblemsFound([{ where: '--certs', message: 'cannot be given together with a file' }])
      }
      const target = file ?? flags.certs ?? 'certs'
      if (file === undefined || statSync(target, { throwIfNoEntry: false })?.isDirectory())
        await showFolder(target, context)
      else await showFile(target, context)
    })
}

/** Shows the certificate even if only the key has a problem. */
async function showFolder(folder: string, context: CommandContext): Promise<void> {
  const files = certificateFiles(folder)
  const now = context.now()
  const problems: Problem[] = []
  try {
    const pair = await loadPair(files.cert, files.key, null, now)
    show(files.cert, pair.description, now, context)
    printWarnings(context.terminal, pair.warnings)
  } catch (error) {
    if (!(error instanceof ProblemsFound)) throw error
    problems.push(...error.problems)
    if (!problems.some(problem => problem.where === files.cert)) await showFile(files.cert, context)
  }
  if (existsSync(files.ca)) {
    context.terminal.out('\n')
    await showFile(files.ca, context)
  }
  if (problems.length > 0) throw new ProblemsFound(problems)
}

async function showFile(file: string, context: CommandContext): Promise<void> {
  const content = await readFile(file).catch(error => {
    throw new ProblemsFound([readProblem(error, file, null)])
  })
  const problems: Problem[] = []
  const certificates = readCertificates({ cert: content, certFile: file, where: null }, problems)
  if (certificates === null) throw new ProblemsFound(problems)
  const now = context.now()
  for (const [index, certificate] of certificates.entries()) {
    if (index > 0) context.terminal.out('\n')
    const description = describeCertificate(certificate.toString())
    show(index === 0 ? file : `${file}, certificate ${index + 1}`, description, now, context)
    printWarnings(context.terminal, dateWarnings(description, file, null, now))
    // Clients find an authority by its subject, so it needs no names.
    if (index === 0 && !description.isCa) printWarnings(context.terminal, nameWarnings(description, file, null))
  }
}

function show(title: string, description: CertificateDescription, now: Date, { terminal }: CommandContext): void {
  const { names, subject, issuer, validFrom, validUntil, keyType, fingerprint256, isCa, selfSigned } = description
  terminal.out(`${paint(title, 'bold', terminal.outColour)}\n`)
  terminal.out(
    table([
      ...(isCa ? [['  authority', subject]] : []),
      ...(isCa && names.length === 0 ? [] : [['  names', wrapWords(names, 80) || `none (its subject is ${subject})`]]),
      ['  issuer', selfSigned ? 'itself' : issuer],
      ['  valid from', instant(validFrom)],
      ['  valid until', `${instant(validUntil)} (${validity(description, now)})`],
      ['  key', keyType],
      ['  SHA-256', fingerprint256],
    ]),
  )
}

function validity({ validFrom, validUntil }: CertificateDescription, now: Date): string {
  if (now > validUntil) return 'expired'
  return now < validFrom ? 'not valid yet' : `${timeLeft(validUntil, now)} left`
}

/** `2026-11-21 06:23:57 UTC` */
function instant(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`
}
