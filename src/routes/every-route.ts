/** Lists every route of a configuration: of servers, locations and `if` blocks. */
import type { Listener, Location, Route, Step } from './model.js'

export function everyRoute(listeners: readonly Listener[]): readonly Route[] {
  return listeners.flatMap(listener => listener.servers).flatMap(routesBelow)
}

function routesBelow(place: Pick<Location, 'route' | 'steps' | 'locations'>): readonly Route[] {
  return [...routesOf(place), ...place.locations.flatMap(routesBelow)]
}

/** The routes of a location and of its `if` blocks, without those of nested locations. */
export function routesOf({ route, steps }: Pick<Location, 'route' | 'steps'>): readonly Route[] {
  return [route, ...routesOfSteps(steps)]
}

function routesOfSteps(steps: readonly Step[]): readonly Route[] {
  return steps.flatMap(step =>
    step.kind === 'if' ? [...(step.route === null ? [] : [step.route]), ...routesOfSteps(step.steps)] : [],
  )
}
