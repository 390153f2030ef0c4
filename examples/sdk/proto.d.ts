/** The build takes .proto files in as text. */
declare module "*.proto" {
  const text: string;
  export default text;
}
