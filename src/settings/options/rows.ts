/** What rows of the table of options have in common. */
import type { Option, Read, Sourced } from './option.js'

/** Keeps the types of a row. */
export const row = <Type, Default extends Read<Type> | null>(option: Option<Type, Default>) => option

export const live = { besideNginxConf: true, reload: 'live', secret: false } as const
export const restart = { besideNginxConf: true, reload: 'restart', secret: false } as const
/** An nginx.conf has its own word for it. */
export const ofNginx = {
  besideNginxConf: {
    message: 'an nginx.conf decides this already',
    hint: 'take the line out, or leave --nginx-conf out',
  },
  reload: 'live',
  secret: false,
} as const

export const none = { value: null, text: 'none', where: 'default' } as const
export const nothing: readonly Sourced<never>[] = []
export const emptyList = { value: nothing, text: 'none', where: 'default' } as const
/** A default is named by itself where a message is about it. */
export const named = <T extends string>(value: T) => ({ value, text: value as string, where: value as string })
export const isDefault = <T>(value: T, text: string) => ({ value, text, where: 'default' })
export const namesTheFile = { never: 'it names the file itself' }
