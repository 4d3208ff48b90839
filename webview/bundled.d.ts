/** Style sheets are gathered by the bundler into one file beside the script. */
declare module '*.css';

/** Pictures of ours become part of the script, as text. */
declare module '*.svg' {
  const text: string;
  export default text;
}
