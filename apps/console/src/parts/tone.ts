/** How something stands. The tone picks colour and icon together, so that colour never speaks alone. */
export type Tone = 'good' | 'bad' | 'warn' | 'special' | 'neutral'
