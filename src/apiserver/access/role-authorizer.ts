import { isAllowed, isPathAllowed, roleOf } from "../../policy/authorize.ts";
import type { Authorizer, User } from "./ports.ts";

/** Whoever can open the unix socket: the user that the daemon runs as. */
export const SOCKET_USER: User = {
  name: "system:admin",
  uid: "",
  groups: ["system:masters", "system:authenticated"],
};

/** Decides by the strongest role among a user's groups. */
export const roleAuthorizer: Authorizer = {
  allows: ({ groups }, attributes) => isAllowed(roleOf(groups), attributes),
  allowsPath: ({ groups }, attributes) => isPathAllowed(roleOf(groups), attributes),
};
