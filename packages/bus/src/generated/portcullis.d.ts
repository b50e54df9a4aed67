import * as $protobuf from "protobufjs/minimal.js";
import Long = require("long");

/** Namespace portcullis. */
export namespace portcullis {

    /** Namespace v1. */
    namespace v1 {

        /**
         * Properties of an Entry.
         * @deprecated Use portcullis.v1.Entry.$Properties instead.
         */
        interface IEntry extends portcullis.v1.Entry.$Properties {
        }

        /** Represents an Entry. */
        class Entry {

            /**
             * Constructs a new Entry.
             * @param [properties] Properties to set
             */
            constructor(properties?: portcullis.v1.Entry.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Entry key. */
            key: string;

            /** Entry value. */
            value: string;

            /**
             * Encodes the specified Entry message. Does not implicitly {@link portcullis.v1.Entry.verify|verify} messages.
             * @param message Entry message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: portcullis.v1.Entry.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Entry message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {portcullis.v1.Entry & portcullis.v1.Entry.$Shape} Entry
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): portcullis.v1.Entry & portcullis.v1.Entry.$Shape;
        }

        namespace Entry {

            /** Properties of an Entry. */
            interface $Properties {

                /** Entry key */
                key?: (string|null);

                /** Entry value */
                value?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Entry. */
            type $Shape = portcullis.v1.Entry.$Properties;
        }

        /** Action enum. */
        enum Action {

            /** ACTION_UNSPECIFIED value */
            ACTION_UNSPECIFIED = 0,

            /** ACTION_ALLOW value */
            ACTION_ALLOW = 1,

            /** ACTION_AUDIT value */
            ACTION_AUDIT = 2,

            /** ACTION_BLOCK value */
            ACTION_BLOCK = 3
        }

        /** PostureMode enum. */
        enum PostureMode {

            /** POSTURE_MODE_UNSPECIFIED value */
            POSTURE_MODE_UNSPECIFIED = 0,

            /** POSTURE_MODE_AUDIT value */
            POSTURE_MODE_AUDIT = 1,

            /** POSTURE_MODE_BLOCK value */
            POSTURE_MODE_BLOCK = 2
        }

        /** Category enum. */
        enum Category {

            /** CATEGORY_UNSPECIFIED value */
            CATEGORY_UNSPECIFIED = 0,

            /** CATEGORY_PROCESS value */
            CATEGORY_PROCESS = 1,

            /** CATEGORY_FILE value */
            CATEGORY_FILE = 2,

            /** CATEGORY_NETWORK value */
            CATEGORY_NETWORK = 3,

            /** CATEGORY_CAPABILITIES value */
            CATEGORY_CAPABILITIES = 4,

            /** CATEGORY_SYSCALLS value */
            CATEGORY_SYSCALLS = 5,

            /** CATEGORY_DNS value */
            CATEGORY_DNS = 6
        }

        /** Protocol enum. */
        enum Protocol {

            /** PROTOCOL_UNSPECIFIED value */
            PROTOCOL_UNSPECIFIED = 0,

            /** PROTOCOL_TCP value */
            PROTOCOL_TCP = 1,

            /** PROTOCOL_UDP value */
            PROTOCOL_UDP = 2,

            /** PROTOCOL_ICMP value */
            PROTOCOL_ICMP = 3,

            /** PROTOCOL_ICMPV6 value */
            PROTOCOL_ICMPV6 = 4,

            /** PROTOCOL_SCTP value */
            PROTOCOL_SCTP = 5,

            /** PROTOCOL_RAW value */
            PROTOCOL_RAW = 6,

            /** PROTOCOL_STREAM value */
            PROTOCOL_STREAM = 7,

            /** PROTOCOL_DGRAM value */
            PROTOCOL_DGRAM = 8,

            /** PROTOCOL_RDM value */
            PROTOCOL_RDM = 9,

            /** PROTOCOL_SEQPACKET value */
            PROTOCOL_SEQPACKET = 10,

            /** PROTOCOL_DCCP value */
            PROTOCOL_DCCP = 11,

            /** PROTOCOL_PACKET value */
            PROTOCOL_PACKET = 12,

            /** PROTOCOL_ALL value */
            PROTOCOL_ALL = 13
        }

        /** PolicyKind enum. */
        enum PolicyKind {

            /** POLICY_KIND_UNSPECIFIED value */
            POLICY_KIND_UNSPECIFIED = 0,

            /** POLICY_KIND_POLICY value */
            POLICY_KIND_POLICY = 1,

            /** POLICY_KIND_HOST_POLICY value */
            POLICY_KIND_HOST_POLICY = 2,

            /** POLICY_KIND_CLUSTER_POLICY value */
            POLICY_KIND_CLUSTER_POLICY = 3
        }

        /**
         * Properties of a PathMatch.
         * @deprecated Use portcullis.v1.PathMatch.$Properties instead.
         */
        interface IPathMatch extends portcullis.v1.PathMatch.$Properties {
        }

        /** Represents a PathMatch. */
        class PathMatch {

            /**
             * Constructs a new PathMatch.
             * @param [properties] Properties to set
             */
            constructor(properties?: portcullis.v1.PathMatch.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** PathMatch path. */
            path: string;

            /**
             * Encodes the specified PathMatch message. Does not implicitly {@link portcullis.v1.PathMatch.verify|verify} messages.
             * @param message PathMatch message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: portcullis.v1.PathMatch.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a PathMatch message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {portcullis.v1.PathMatch & portcullis.v1.PathMatch.$Shape} PathMatch
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): portcullis.v1.PathMatch & portcullis.v1.PathMatch.$Shape;
        }

        namespace PathMatch {

            /** Properties of a PathMatch. */
            interface $Properties {

                /** PathMatch path */
                path?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a PathMatch. */
            type $Shape = portcullis.v1.PathMatch.$Properties;
        }

        /**
         * Properties of a DirectoryMatch.
         * @deprecated Use portcullis.v1.DirectoryMatch.$Properties instead.
         */
        interface IDirectoryMatch extends portcullis.v1.DirectoryMatch.$Properties {
        }

        /** Represents a DirectoryMatch. */
        class DirectoryMatch {

            /**
             * Constructs a new DirectoryMatch.
             * @param [properties] Properties to set
             */
            constructor(properties?: portcullis.v1.DirectoryMatch.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** DirectoryMatch dir. */
            dir: string;

            /** DirectoryMatch recursive. */
            recursive: boolean;

            /**
             * Encodes the specified DirectoryMatch message. Does not implicitly {@link portcullis.v1.DirectoryMatch.verify|verify} messages.
             * @param message DirectoryMatch message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: portcullis.v1.DirectoryMatch.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a DirectoryMatch message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {portcullis.v1.DirectoryMatch & portcullis.v1.DirectoryMatch.$Shape} DirectoryMatch
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): portcullis.v1.DirectoryMatch & portcullis.v1.DirectoryMatch.$Shape;
        }

        namespace DirectoryMatch {

            /** Properties of a DirectoryMatch. */
            interface $Properties {

                /** DirectoryMatch dir */
                dir?: (string|null);

                /** DirectoryMatch recursive */
                recursive?: (boolean|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a DirectoryMatch. */
            type $Shape = portcullis.v1.DirectoryMatch.$Properties;
        }

        /**
         * Properties of a PatternMatch.
         * @deprecated Use portcullis.v1.PatternMatch.$Properties instead.
         */
        interface IPatternMatch extends portcullis.v1.PatternMatch.$Properties {
        }

        /** Represents a PatternMatch. */
        class PatternMatch {

            /**
             * Constructs a new PatternMatch.
             * @param [properties] Properties to set
             */
            constructor(properties?: portcullis.v1.PatternMatch.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** PatternMatch pattern. */
            pattern: string;

            /**
             * Encodes the specified PatternMatch message. Does not implicitly {@link portcullis.v1.PatternMatch.verify|verify} messages.
             * @param message PatternMatch message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: portcullis.v1.PatternMatch.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a PatternMatch message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {portcullis.v1.PatternMatch & portcullis.v1.PatternMatch.$Shape} PatternMatch
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): portcullis.v1.PatternMatch & portcullis.v1.PatternMatch.$Shape;
        }

        namespace PatternMatch {

            /** Properties of a PatternMatch. */
            interface $Properties {

                /** PatternMatch pattern */
                pattern?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a PatternMatch. */
            type $Shape = portcullis.v1.PatternMatch.$Properties;
        }

        /**
         * Properties of a SyscallMatch.
         * @deprecated Use portcullis.v1.SyscallMatch.$Properties instead.
         */
        interface ISyscallMatch extends portcullis.v1.SyscallMatch.$Properties {
        }

        /** Represents a SyscallMatch. */
        class SyscallMatch {

            /**
             * Constructs a new SyscallMatch.
             * @param [properties] Properties to set
             */
            constructor(properties?: portcullis.v1.SyscallMatch.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** SyscallMatch syscall. */
            syscall: string;

            /** SyscallMatch path. */
            path?: (portcullis.v1.PathMatch.$Properties|null);

            /** SyscallMatch directory. */
            directory?: (portcullis.v1.DirectoryMatch.$Properties|null);

            /**
             * Encodes the specified SyscallMatch message. Does not implicitly {@link portcullis.v1.SyscallMatch.verify|verify} messages.
             * @param message SyscallMatch message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: portcullis.v1.SyscallMatch.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a SyscallMatch message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {portcullis.v1.SyscallMatch & portcullis.v1.SyscallMatch.$Shape} SyscallMatch
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): portcullis.v1.SyscallMatch & portcullis.v1.SyscallMatch.$Shape;
        }

        namespace SyscallMatch {

            /** Properties of a SyscallMatch. */
            interface $Properties {

                /** SyscallMatch syscall */
                syscall?: (string|null);

                /** SyscallMatch path */
                path?: (portcullis.v1.PathMatch.$Properties|null);

                /** SyscallMatch directory */
                directory?: (portcullis.v1.DirectoryMatch.$Properties|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a SyscallMatch. */
            type $Shape = portcullis.v1.SyscallMatch.$Properties;
        }

        /**
         * Properties of an AddressMatch.
         * @deprecated Use portcullis.v1.AddressMatch.$Properties instead.
         */
        interface IAddressMatch extends portcullis.v1.AddressMatch.$Properties {
        }

        /** Represents an AddressMatch. */
        class AddressMatch {

            /**
             * Constructs a new AddressMatch.
             * @param [properties] Properties to set
             */
            constructor(properties?: portcullis.v1.AddressMatch.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** AddressMatch cidr. */
            cidr: string;

            /** AddressMatch ingress. */
            ingress: boolean;

            /** AddressMatch protocol. */
            protocol: portcullis.v1.Protocol;

            /** AddressMatch firstPort. */
            firstPort: number;

            /** AddressMatch lastPort. */
            lastPort: number;

            /**
             * Encodes the specified AddressMatch message. Does not implicitly {@link portcullis.v1.AddressMatch.verify|verify} messages.
             * @param message AddressMatch message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: portcullis.v1.AddressMatch.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an AddressMatch message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {portcullis.v1.AddressMatch & portcullis.v1.AddressMatch.$Shape} AddressMatch
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): portcullis.v1.AddressMatch & portcullis.v1.AddressMatch.$Shape;
        }

        namespace AddressMatch {

            /** Properties of an AddressMatch. */
            interface $Properties {

                /** AddressMatch cidr */
                cidr?: (string|null);

                /** AddressMatch ingress */
                ingress?: (boolean|null);

                /** AddressMatch protocol */
                protocol?: (portcullis.v1.Protocol|null);

                /** AddressMatch firstPort */
                firstPort?: (number|null);

                /** AddressMatch lastPort */
                lastPort?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an AddressMatch. */
            type $Shape = portcullis.v1.AddressMatch.$Properties;
        }

        /**
         * Properties of a Match.
         * @deprecated Use portcullis.v1.Match.$Properties instead.
         */
        interface IMatch extends portcullis.v1.Match.$Properties {
        }

        /** Represents a Match. */
        class Match {

            /**
             * Constructs a new Match.
             * @param [properties] Properties to set
             */
            constructor(properties?: portcullis.v1.Match.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Match path. */
            path?: (portcullis.v1.PathMatch.$Properties|null);

            /** Match directory. */
            directory?: (portcullis.v1.DirectoryMatch.$Properties|null);

            /** Match pattern. */
            pattern?: (portcullis.v1.PatternMatch.$Properties|null);

            /** Match protocol. */
            protocol?: (portcullis.v1.Protocol|null);

            /** Match capability. */
            capability?: (number|null);

            /** Match syscall. */
            syscall?: (portcullis.v1.SyscallMatch.$Properties|null);

            /** Match execname. */
            execname?: (string|null);

            /** Match fileless. */
            fileless?: (boolean|null);

            /** Match preset. */
            preset?: (portcullis.v1.Preset|null);

            /** Match domain. */
            domain?: (string|null);

            /** Match address. */
            address?: (portcullis.v1.AddressMatch.$Properties|null);

            /** Match kind. */
            kind?: ("path"|"directory"|"pattern"|"protocol"|"capability"|"syscall"|"execname"|"fileless"|"preset"|"domain"|"address");

            /**
             * Encodes the specified Match message. Does not implicitly {@link portcullis.v1.Match.verify|verify} messages.
             * @param message Match message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: portcullis.v1.Match.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Match message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {portcullis.v1.Match & portcullis.v1.Match.$Shape} Match
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): portcullis.v1.Match & portcullis.v1.Match.$Shape;
        }

        namespace Match {

            /** Properties of a Match. */
            interface $Properties {

                /** Match path */
                path?: (portcullis.v1.PathMatch.$Properties|null);

                /** Match directory */
                directory?: (portcullis.v1.DirectoryMatch.$Properties|null);

                /** Match pattern */
                pattern?: (portcullis.v1.PatternMatch.$Properties|null);

                /** Match protocol */
                protocol?: (portcullis.v1.Protocol|null);

                /** Match capability */
                capability?: (number|null);

                /** Match syscall */
                syscall?: (portcullis.v1.SyscallMatch.$Properties|null);

                /** Match execname */
                execname?: (string|null);

                /** Match fileless */
                fileless?: (boolean|null);

                /** Match preset */
                preset?: (portcullis.v1.Preset|null);

                /** Match domain */
                domain?: (string|null);

                /** Match address */
                address?: (portcullis.v1.AddressMatch.$Properties|null);

                /** Match kind */
                kind?: ("path"|"directory"|"pattern"|"protocol"|"capability"|"syscall"|"execname"|"fileless"|"preset"|"domain"|"address");

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Narrowed shape of a Match. */
            type $Shape = {
              path?: portcullis.v1.PathMatch.$Shape|null;
              directory?: portcullis.v1.DirectoryMatch.$Shape|null;
              pattern?: portcullis.v1.PatternMatch.$Shape|null;
              protocol?: portcullis.v1.Protocol|null;
              capability?: number|null;
              syscall?: portcullis.v1.SyscallMatch.$Shape|null;
              execname?: string|null;
              fileless?: boolean|null;
              preset?: portcullis.v1.Preset|null;
              domain?: string|null;
              address?: portcullis.v1.AddressMatch.$Shape|null;
              $unknowns?: Uint8Array[];
            } & (
              ({ kind?: undefined; path?: null; directory?: null; pattern?: null; protocol?: null; capability?: null; syscall?: null; execname?: null; fileless?: null; preset?: null; domain?: null; address?: null }|{ kind?: "path"; path: portcullis.v1.PathMatch.$Shape; directory?: null; pattern?: null; protocol?: null; capability?: null; syscall?: null; execname?: null; fileless?: null; preset?: null; domain?: null; address?: null }|{ kind?: "directory"; path?: null; directory: portcullis.v1.DirectoryMatch.$Shape; pattern?: null; protocol?: null; capability?: null; syscall?: null; execname?: null; fileless?: null; preset?: null; domain?: null; address?: null }|{ kind?: "pattern"; path?: null; directory?: null; pattern: portcullis.v1.PatternMatch.$Shape; protocol?: null; capability?: null; syscall?: null; execname?: null; fileless?: null; preset?: null; domain?: null; address?: null }|{ kind?: "protocol"; path?: null; directory?: null; pattern?: null; protocol: portcullis.v1.Protocol; capability?: null; syscall?: null; execname?: null; fileless?: null; preset?: null; domain?: null; address?: null }|{ kind?: "capability"; path?: null; directory?: null; pattern?: null; protocol?: null; capability: number; syscall?: null; execname?: null; fileless?: null; preset?: null; domain?: null; address?: null }|{ kind?: "syscall"; path?: null; directory?: null; pattern?: null; protocol?: null; capability?: null; syscall: portcullis.v1.SyscallMatch.$Shape; execname?: null; fileless?: null; preset?: null; domain?: null; address?: null }|{ kind?: "execname"; path?: null; directory?: null; pattern?: null; protocol?: null; capability?: null; syscall?: null; execname: string; fileless?: null; preset?: null; domain?: null; address?: null }|{ kind?: "fileless"; path?: null; directory?: null; pattern?: null; protocol?: null; capability?: null; syscall?: null; execname?: null; fileless: boolean; preset?: null; domain?: null; address?: null }|{ kind?: "preset"; path?: null; directory?: null; pattern?: null; protocol?: null; capability?: null; syscall?: null; execname?: null; fileless?: null; preset: portcullis.v1.Preset; domain?: null; address?: null }|{ kind?: "domain"; path?: null; directory?: null; pattern?: null; protocol?: null; capability?: null; syscall?: null; execname?: null; fileless?: null; preset?: null; domain: string; address?: null }|{ kind?: "address"; path?: null; directory?: null; pattern?: null; protocol?: null; capability?: null; syscall?: null; execname?: null; fileless?: null; preset?: null; domain?: null; address: portcullis.v1.AddressMatch.$Shape })
            );
        }

        /**
         * Properties of a PolicyRef.
         * @deprecated Use portcullis.v1.PolicyRef.$Properties instead.
         */
        interface IPolicyRef extends portcullis.v1.PolicyRef.$Properties {
        }

        /** Represents a PolicyRef. */
        class PolicyRef {

            /**
             * Constructs a new PolicyRef.
             * @param [properties] Properties to set
             */
            constructor(properties?: portcullis.v1.PolicyRef.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** PolicyRef kind. */
            kind: portcullis.v1.PolicyKind;

            /** PolicyRef namespace. */
            namespace: string;

            /** PolicyRef name. */
            name: string;

            /**
             * Encodes the specified PolicyRef message. Does not implicitly {@link portcullis.v1.PolicyRef.verify|verify} messages.
             * @param message PolicyRef message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: portcullis.v1.PolicyRef.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a PolicyRef message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {portcullis.v1.PolicyRef & portcullis.v1.PolicyRef.$Shape} PolicyRef
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): portcullis.v1.PolicyRef & portcullis.v1.PolicyRef.$Shape;
        }

        namespace PolicyRef {

            /** Properties of a PolicyRef. */
            interface $Properties {

                /** PolicyRef kind */
                kind?: (portcullis.v1.PolicyKind|null);

                /** PolicyRef namespace */
                namespace?: (string|null);

                /** PolicyRef name */
                name?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a PolicyRef. */
            type $Shape = portcullis.v1.PolicyRef.$Properties;
        }

        /**
         * Properties of an Attributes.
         * @deprecated Use portcullis.v1.Attributes.$Properties instead.
         */
        interface IAttributes extends portcullis.v1.Attributes.$Properties {
        }

        /** Represents an Attributes. */
        class Attributes {

            /**
             * Constructs a new Attributes.
             * @param [properties] Properties to set
             */
            constructor(properties?: portcullis.v1.Attributes.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Attributes severity. */
            severity: string;

            /** Attributes tags. */
            tags: string[];

            /** Attributes message. */
            message: string;

            /**
             * Encodes the specified Attributes message. Does not implicitly {@link portcullis.v1.Attributes.verify|verify} messages.
             * @param message Attributes message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: portcullis.v1.Attributes.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Attributes message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {portcullis.v1.Attributes & portcullis.v1.Attributes.$Shape} Attributes
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): portcullis.v1.Attributes & portcullis.v1.Attributes.$Shape;
        }

        namespace Attributes {

            /** Properties of an Attributes. */
            interface $Properties {

                /** Attributes severity */
                severity?: (string|null);

                /** Attributes tags */
                tags?: (string[]|null);

                /** Attributes message */
                message?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Attributes. */
            type $Shape = portcullis.v1.Attributes.$Properties;
        }

        /** Preset enum. */
        enum Preset {

            /** PRESET_UNSPECIFIED value */
            PRESET_UNSPECIFIED = 0,

            /** PRESET_ANONYMOUS_MAP_EXEC value */
            PRESET_ANONYMOUS_MAP_EXEC = 1,

            /** PRESET_EXEC value */
            PRESET_EXEC = 2,

            /** PRESET_IMAGE_ONLY value */
            PRESET_IMAGE_ONLY = 3,

            /** PRESET_PROTECT_ENV value */
            PRESET_PROTECT_ENV = 4,

            /** PRESET_PROTECT_PROC value */
            PRESET_PROTECT_PROC = 5
        }

        /**
         * Properties of a Rule.
         * @deprecated Use portcullis.v1.Rule.$Properties instead.
         */
        interface IRule extends portcullis.v1.Rule.$Properties {
        }

        /** Represents a Rule. */
        class Rule {

            /**
             * Constructs a new Rule.
             * @param [properties] Properties to set
             */
            constructor(properties?: portcullis.v1.Rule.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Rule id. */
            id: number;

            /** Rule category. */
            category: portcullis.v1.Category;

            /** Rule match. */
            match?: (portcullis.v1.Match.$Properties|null);

            /** Rule source. */
            source?: (portcullis.v1.Match.$Properties|null);

            /** Rule action. */
            action: portcullis.v1.Action;

            /** Rule readOnly. */
            readOnly: boolean;

            /** Rule ownerOnly. */
            ownerOnly: boolean;

            /** Rule noTerminal. */
            noTerminal: boolean;

            /** Rule policy. */
            policy: number;

            /** Rule attributes. */
            attributes: number;

            /** Rule origin. */
            origin: string;

            /** Rule allowedArgs. */
            allowedArgs: string[];

            /**
             * Encodes the specified Rule message. Does not implicitly {@link portcullis.v1.Rule.verify|verify} messages.
             * @param message Rule message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: portcullis.v1.Rule.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Rule message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {portcullis.v1.Rule & portcullis.v1.Rule.$Shape} Rule
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): portcullis.v1.Rule & portcullis.v1.Rule.$Shape;
        }

        namespace Rule {

            /** Properties of a Rule. */
            interface $Properties {

                /** Rule id */
                id?: (number|null);

                /** Rule category */
                category?: (portcullis.v1.Category|null);

                /** Rule match */
                match?: (portcullis.v1.Match.$Properties|null);

                /** Rule source */
                source?: (portcullis.v1.Match.$Properties|null);

                /** Rule action */
                action?: (portcullis.v1.Action|null);

                /** Rule readOnly */
                readOnly?: (boolean|null);

                /** Rule ownerOnly */
                ownerOnly?: (boolean|null);

                /** Rule noTerminal */
                noTerminal?: (boolean|null);

                /** Rule policy */
                policy?: (number|null);

                /** Rule attributes */
                attributes?: (number|null);

                /** Rule origin */
                origin?: (string|null);

                /** Rule allowedArgs */
                allowedArgs?: (string[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Rule. */
            type $Shape = {
              id?: number|null;
              category?: portcullis.v1.Category|null;
              match?: portcullis.v1.Match.$Shape|null;
              source?: portcullis.v1.Match.$Shape|null;
              action?: portcullis.v1.Action|null;
              readOnly?: boolean|null;
              ownerOnly?: boolean|null;
              noTerminal?: boolean|null;
              policy?: number|null;
              attributes?: number|null;
              origin?: string|null;
              allowedArgs?: string[]|null;
              $unknowns?: Uint8Array[];
            };
        }

        /**
         * Properties of a Posture.
         * @deprecated Use portcullis.v1.Posture.$Properties instead.
         */
        interface IPosture extends portcullis.v1.Posture.$Properties {
        }

        /** Represents a Posture. */
        class Posture {

            /**
             * Constructs a new Posture.
             * @param [properties] Properties to set
             */
            constructor(properties?: portcullis.v1.Posture.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Posture category. */
            category: portcullis.v1.Category;

            /** Posture mode. */
            mode: portcullis.v1.PostureMode;

            /**
             * Encodes the specified Posture message. Does not implicitly {@link portcullis.v1.Posture.verify|verify} messages.
             * @param message Posture message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: portcullis.v1.Posture.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Posture message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {portcullis.v1.Posture & portcullis.v1.Posture.$Shape} Posture
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): portcullis.v1.Posture & portcullis.v1.Posture.$Shape;
        }

        namespace Posture {

            /** Properties of a Posture. */
            interface $Properties {

                /** Posture category */
                category?: (portcullis.v1.Category|null);

                /** Posture mode */
                mode?: (portcullis.v1.PostureMode|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Posture. */
            type $Shape = portcullis.v1.Posture.$Properties;
        }

        /**
         * Properties of a RuleSet.
         * @deprecated Use portcullis.v1.RuleSet.$Properties instead.
         */
        interface IRuleSet extends portcullis.v1.RuleSet.$Properties {
        }

        /** Represents a RuleSet. */
        class RuleSet {

            /**
             * Constructs a new RuleSet.
             * @param [properties] Properties to set
             */
            constructor(properties?: portcullis.v1.RuleSet.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** RuleSet policies. */
            policies: portcullis.v1.PolicyRef.$Properties[];

            /** RuleSet attributes. */
            attributes: portcullis.v1.Attributes.$Properties[];

            /** RuleSet rules. */
            rules: portcullis.v1.Rule.$Properties[];

            /** RuleSet posture. */
            posture: portcullis.v1.Posture.$Properties[];

            /**
             * Encodes the specified RuleSet message. Does not implicitly {@link portcullis.v1.RuleSet.verify|verify} messages.
             * @param message RuleSet message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: portcullis.v1.RuleSet.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a RuleSet message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {portcullis.v1.RuleSet & portcullis.v1.RuleSet.$Shape} RuleSet
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): portcullis.v1.RuleSet & portcullis.v1.RuleSet.$Shape;
        }

        namespace RuleSet {

            /** Properties of a RuleSet. */
            interface $Properties {

                /** RuleSet policies */
                policies?: (portcullis.v1.PolicyRef.$Properties[]|null);

                /** RuleSet attributes */
                attributes?: (portcullis.v1.Attributes.$Properties[]|null);

                /** RuleSet rules */
                rules?: (portcullis.v1.Rule.$Properties[]|null);

                /** RuleSet posture */
                posture?: (portcullis.v1.Posture.$Properties[]|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a RuleSet. */
            type $Shape = {
              policies?: portcullis.v1.PolicyRef.$Shape[]|null;
              attributes?: portcullis.v1.Attributes.$Shape[]|null;
              rules?: portcullis.v1.Rule.$Shape[]|null;
              posture?: portcullis.v1.Posture.$Shape[]|null;
              $unknowns?: Uint8Array[];
            };
        }

        /**
         * Properties of an Owner.
         * @deprecated Use portcullis.v1.Owner.$Properties instead.
         */
        interface IOwner extends portcullis.v1.Owner.$Properties {
        }

        /** Represents an Owner. */
        class Owner {

            /**
             * Constructs a new Owner.
             * @param [properties] Properties to set
             */
            constructor(properties?: portcullis.v1.Owner.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Owner ref. */
            ref: string;

            /** Owner name. */
            name: string;

            /** Owner namespace. */
            namespace: string;

            /**
             * Encodes the specified Owner message. Does not implicitly {@link portcullis.v1.Owner.verify|verify} messages.
             * @param message Owner message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: portcullis.v1.Owner.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Owner message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {portcullis.v1.Owner & portcullis.v1.Owner.$Shape} Owner
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): portcullis.v1.Owner & portcullis.v1.Owner.$Shape;
        }

        namespace Owner {

            /** Properties of an Owner. */
            interface $Properties {

                /** Owner ref */
                ref?: (string|null);

                /** Owner name */
                name?: (string|null);

                /** Owner namespace */
                namespace?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Owner. */
            type $Shape = portcullis.v1.Owner.$Properties;
        }

        /**
         * Properties of a BundleContainer.
         * @deprecated Use portcullis.v1.BundleContainer.$Properties instead.
         */
        interface IBundleContainer extends portcullis.v1.BundleContainer.$Properties {
        }

        /** Represents a BundleContainer. */
        class BundleContainer {

            /**
             * Constructs a new BundleContainer.
             * @param [properties] Properties to set
             */
            constructor(properties?: portcullis.v1.BundleContainer.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** BundleContainer namespace. */
            namespace: string;

            /** BundleContainer pod. */
            pod: string;

            /** BundleContainer podUid. */
            podUid: string;

            /** BundleContainer container. */
            container: string;

            /** BundleContainer image. */
            image: string;

            /** BundleContainer labels. */
            labels: portcullis.v1.Entry.$Properties[];

            /** BundleContainer owner. */
            owner?: (portcullis.v1.Owner.$Properties|null);

            /** BundleContainer ruleSet. */
            ruleSet: number;

            /** BundleContainer visible. */
            visible: number;

            /**
             * Encodes the specified BundleContainer message. Does not implicitly {@link portcullis.v1.BundleContainer.verify|verify} messages.
             * @param message BundleContainer message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: portcullis.v1.BundleContainer.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a BundleContainer message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {portcullis.v1.BundleContainer & portcullis.v1.BundleContainer.$Shape} BundleContainer
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): portcullis.v1.BundleContainer & portcullis.v1.BundleContainer.$Shape;
        }

        namespace BundleContainer {

            /** Properties of a BundleContainer. */
            interface $Properties {

                /** BundleContainer namespace */
                namespace?: (string|null);

                /** BundleContainer pod */
                pod?: (string|null);

                /** BundleContainer podUid */
                podUid?: (string|null);

                /** BundleContainer container */
                container?: (string|null);

                /** BundleContainer image */
                image?: (string|null);

                /** BundleContainer labels */
                labels?: (portcullis.v1.Entry.$Properties[]|null);

                /** BundleContainer owner */
                owner?: (portcullis.v1.Owner.$Properties|null);

                /** BundleContainer ruleSet */
                ruleSet?: (number|null);

                /** BundleContainer visible */
                visible?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a BundleContainer. */
            type $Shape = portcullis.v1.BundleContainer.$Properties;
        }

        /**
         * Properties of a Bundle.
         * @deprecated Use portcullis.v1.Bundle.$Properties instead.
         */
        interface IBundle extends portcullis.v1.Bundle.$Properties {
        }

        /** Represents a Bundle. */
        class Bundle {

            /**
             * Constructs a new Bundle.
             * @param [properties] Properties to set
             */
            constructor(properties?: portcullis.v1.Bundle.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Bundle cluster. */
            cluster: string;

            /** Bundle node. */
            node: string;

            /** Bundle revision. */
            revision: (number|Long);

            /** Bundle containers. */
            containers: portcullis.v1.BundleContainer.$Properties[];

            /** Bundle ruleSets. */
            ruleSets: Uint8Array[];

            /** Bundle epoch. */
            epoch: (number|Long);

            /** Bundle hostRuleSet. */
            hostRuleSet: number;

            /** Bundle hostVisible. */
            hostVisible: number;

            /** Bundle dropsProcessResources. */
            dropsProcessResources: boolean;

            /** Bundle hostTried. */
            hostTried: number;

            /** Bundle throttling. */
            throttling?: (portcullis.v1.Throttling.$Properties|null);

            /**
             * Encodes the specified Bundle message. Does not implicitly {@link portcullis.v1.Bundle.verify|verify} messages.
             * @param message Bundle message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: portcullis.v1.Bundle.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Bundle message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {portcullis.v1.Bundle & portcullis.v1.Bundle.$Shape} Bundle
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): portcullis.v1.Bundle & portcullis.v1.Bundle.$Shape;
        }

        namespace Bundle {

            /** Properties of a Bundle. */
            interface $Properties {

                /** Bundle cluster */
                cluster?: (string|null);

                /** Bundle node */
                node?: (string|null);

                /** Bundle revision */
                revision?: (number|Long|null);

                /** Bundle containers */
                containers?: (portcullis.v1.BundleContainer.$Properties[]|null);

                /** Bundle ruleSets */
                ruleSets?: (Uint8Array[]|null);

                /** Bundle epoch */
                epoch?: (number|Long|null);

                /** Bundle hostRuleSet */
                hostRuleSet?: (number|null);

                /** Bundle hostVisible */
                hostVisible?: (number|null);

                /** Bundle dropsProcessResources */
                dropsProcessResources?: (boolean|null);

                /** Bundle hostTried */
                hostTried?: (number|null);

                /** Bundle throttling */
                throttling?: (portcullis.v1.Throttling.$Properties|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Bundle. */
            type $Shape = portcullis.v1.Bundle.$Properties;
        }

        /**
         * Properties of a Throttling.
         * @deprecated Use portcullis.v1.Throttling.$Properties instead.
         */
        interface IThrottling extends portcullis.v1.Throttling.$Properties {
        }

        /** Represents a Throttling. */
        class Throttling {

            /**
             * Constructs a new Throttling.
             * @param [properties] Properties to set
             */
            constructor(properties?: portcullis.v1.Throttling.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Throttling alertsPerSecond. */
            alertsPerSecond: number;

            /** Throttling seconds. */
            seconds: number;

            /**
             * Encodes the specified Throttling message. Does not implicitly {@link portcullis.v1.Throttling.verify|verify} messages.
             * @param message Throttling message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: portcullis.v1.Throttling.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Throttling message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {portcullis.v1.Throttling & portcullis.v1.Throttling.$Shape} Throttling
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): portcullis.v1.Throttling & portcullis.v1.Throttling.$Shape;
        }

        namespace Throttling {

            /** Properties of a Throttling. */
            interface $Properties {

                /** Throttling alertsPerSecond */
                alertsPerSecond?: (number|null);

                /** Throttling seconds */
                seconds?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Throttling. */
            type $Shape = portcullis.v1.Throttling.$Properties;
        }

        /**
         * Properties of an Unenforced.
         * @deprecated Use portcullis.v1.Unenforced.$Properties instead.
         */
        interface IUnenforced extends portcullis.v1.Unenforced.$Properties {
        }

        /** Represents an Unenforced. */
        class Unenforced {

            /**
             * Constructs a new Unenforced.
             * @param [properties] Properties to set
             */
            constructor(properties?: portcullis.v1.Unenforced.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Unenforced policy. */
            policy?: (portcullis.v1.PolicyRef.$Properties|null);

            /** Unenforced origin. */
            origin: string;

            /** Unenforced reason. */
            reason: string;

            /**
             * Encodes the specified Unenforced message. Does not implicitly {@link portcullis.v1.Unenforced.verify|verify} messages.
             * @param message Unenforced message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: portcullis.v1.Unenforced.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Unenforced message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {portcullis.v1.Unenforced & portcullis.v1.Unenforced.$Shape} Unenforced
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): portcullis.v1.Unenforced & portcullis.v1.Unenforced.$Shape;
        }

        namespace Unenforced {

            /** Properties of an Unenforced. */
            interface $Properties {

                /** Unenforced policy */
                policy?: (portcullis.v1.PolicyRef.$Properties|null);

                /** Unenforced origin */
                origin?: (string|null);

                /** Unenforced reason */
                reason?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Unenforced. */
            type $Shape = portcullis.v1.Unenforced.$Properties;
        }

        /**
         * Properties of a Counter.
         * @deprecated Use portcullis.v1.Counter.$Properties instead.
         */
        interface ICounter extends portcullis.v1.Counter.$Properties {
        }

        /** Represents a Counter. */
        class Counter {

            /**
             * Constructs a new Counter.
             * @param [properties] Properties to set
             */
            constructor(properties?: portcullis.v1.Counter.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Counter name. */
            name: string;

            /** Counter value. */
            value: number;

            /**
             * Encodes the specified Counter message. Does not implicitly {@link portcullis.v1.Counter.verify|verify} messages.
             * @param message Counter message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: portcullis.v1.Counter.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Counter message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {portcullis.v1.Counter & portcullis.v1.Counter.$Shape} Counter
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): portcullis.v1.Counter & portcullis.v1.Counter.$Shape;
        }

        namespace Counter {

            /** Properties of a Counter. */
            interface $Properties {

                /** Counter name */
                name?: (string|null);

                /** Counter value */
                value?: (number|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Counter. */
            type $Shape = portcullis.v1.Counter.$Properties;
        }

        /**
         * Properties of a NodeStatus.
         * @deprecated Use portcullis.v1.NodeStatus.$Properties instead.
         */
        interface INodeStatus extends portcullis.v1.NodeStatus.$Properties {
        }

        /** Represents a NodeStatus. */
        class NodeStatus {

            /**
             * Constructs a new NodeStatus.
             * @param [properties] Properties to set
             */
            constructor(properties?: portcullis.v1.NodeStatus.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** NodeStatus node. */
            node: string;

            /** NodeStatus updatedAt. */
            updatedAt: string;

            /** NodeStatus enforcerVersion. */
            enforcerVersion: string;

            /** NodeStatus kernel. */
            kernel: string;

            /** NodeStatus enforcing. */
            enforcing: boolean;

            /** NodeStatus problems. */
            problems: string[];

            /** NodeStatus hooks. */
            hooks: string[];

            /** NodeStatus appliedRevision. */
            appliedRevision: (number|Long);

            /** NodeStatus boundRuleSets. */
            boundRuleSets: Uint8Array[];

            /** NodeStatus unenforced. */
            unenforced: portcullis.v1.Unenforced.$Properties[];

            /** NodeStatus counters. */
            counters: portcullis.v1.Counter.$Properties[];

            /** NodeStatus slotsUsed. */
            slotsUsed: number;

            /** NodeStatus slots. */
            slots: number;

            /** NodeStatus unenforcedParts. */
            unenforcedParts: number;

            /** NodeStatus unenforcedPolicies. */
            unenforcedPolicies: number;

            /** NodeStatus held. */
            held?: (portcullis.v1.HeldBundle.$Properties|null);

            /** NodeStatus waiting. */
            waiting: portcullis.v1.Waiting.$Properties[];

            /** NodeStatus waitingPolicies. */
            waitingPolicies: number;

            /** NodeStatus bundleProblem. */
            bundleProblem: string;

            /** NodeStatus exempt. */
            exempt: portcullis.v1.Unenforced.$Properties[];

            /** NodeStatus notices. */
            notices: portcullis.v1.PolicyNotices.$Properties[];

            /** NodeStatus noticesCut. */
            noticesCut: boolean;

            /**
             * Encodes the specified NodeStatus message. Does not implicitly {@link portcullis.v1.NodeStatus.verify|verify} messages.
             * @param message NodeStatus message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: portcullis.v1.NodeStatus.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a NodeStatus message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {portcullis.v1.NodeStatus & portcullis.v1.NodeStatus.$Shape} NodeStatus
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): portcullis.v1.NodeStatus & portcullis.v1.NodeStatus.$Shape;
        }

        namespace NodeStatus {

            /** Properties of a NodeStatus. */
            interface $Properties {

                /** NodeStatus node */
                node?: (string|null);

                /** NodeStatus updatedAt */
                updatedAt?: (string|null);

                /** NodeStatus enforcerVersion */
                enforcerVersion?: (string|null);

                /** NodeStatus kernel */
                kernel?: (string|null);

                /** NodeStatus enforcing */
                enforcing?: (boolean|null);

                /** NodeStatus problems */
                problems?: (string[]|null);

                /** NodeStatus hooks */
                hooks?: (string[]|null);

                /** NodeStatus appliedRevision */
                appliedRevision?: (number|Long|null);

                /** NodeStatus boundRuleSets */
                boundRuleSets?: (Uint8Array[]|null);

                /** NodeStatus unenforced */
                unenforced?: (portcullis.v1.Unenforced.$Properties[]|null);

                /** NodeStatus counters */
                counters?: (portcullis.v1.Counter.$Properties[]|null);

                /** NodeStatus slotsUsed */
                slotsUsed?: (number|null);

                /** NodeStatus slots */
                slots?: (number|null);

                /** NodeStatus unenforcedParts */
                unenforcedParts?: (number|null);

                /** NodeStatus unenforcedPolicies */
                unenforcedPolicies?: (number|null);

                /** NodeStatus held */
                held?: (portcullis.v1.HeldBundle.$Properties|null);

                /** NodeStatus waiting */
                waiting?: (portcullis.v1.Waiting.$Properties[]|null);

                /** NodeStatus waitingPolicies */
                waitingPolicies?: (number|null);

                /** NodeStatus bundleProblem */
                bundleProblem?: (string|null);

                /** NodeStatus exempt */
                exempt?: (portcullis.v1.Unenforced.$Properties[]|null);

                /** NodeStatus notices */
                notices?: (portcullis.v1.PolicyNotices.$Properties[]|null);

                /** NodeStatus noticesCut */
                noticesCut?: (boolean|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a NodeStatus. */
            type $Shape = portcullis.v1.NodeStatus.$Properties;
        }

        /**
         * Properties of a PolicyNotices.
         * @deprecated Use portcullis.v1.PolicyNotices.$Properties instead.
         */
        interface IPolicyNotices extends portcullis.v1.PolicyNotices.$Properties {
        }

        /** Represents a PolicyNotices. */
        class PolicyNotices {

            /**
             * Constructs a new PolicyNotices.
             * @param [properties] Properties to set
             */
            constructor(properties?: portcullis.v1.PolicyNotices.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** PolicyNotices policy. */
            policy?: (portcullis.v1.PolicyRef.$Properties|null);

            /** PolicyNotices namesNothing. */
            namesNothing: portcullis.v1.NoticedName.$Properties[];

            /** PolicyNotices unprotectedSources. */
            unprotectedSources: portcullis.v1.NoticedName.$Properties[];

            /** PolicyNotices cut. */
            cut: boolean;

            /** PolicyNotices pending. */
            pending: boolean;

            /**
             * Encodes the specified PolicyNotices message. Does not implicitly {@link portcullis.v1.PolicyNotices.verify|verify} messages.
             * @param message PolicyNotices message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: portcullis.v1.PolicyNotices.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a PolicyNotices message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {portcullis.v1.PolicyNotices & portcullis.v1.PolicyNotices.$Shape} PolicyNotices
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): portcullis.v1.PolicyNotices & portcullis.v1.PolicyNotices.$Shape;
        }

        namespace PolicyNotices {

            /** Properties of a PolicyNotices. */
            interface $Properties {

                /** PolicyNotices policy */
                policy?: (portcullis.v1.PolicyRef.$Properties|null);

                /** PolicyNotices namesNothing */
                namesNothing?: (portcullis.v1.NoticedName.$Properties[]|null);

                /** PolicyNotices unprotectedSources */
                unprotectedSources?: (portcullis.v1.NoticedName.$Properties[]|null);

                /** PolicyNotices cut */
                cut?: (boolean|null);

                /** PolicyNotices pending */
                pending?: (boolean|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a PolicyNotices. */
            type $Shape = portcullis.v1.PolicyNotices.$Properties;
        }

        /**
         * Properties of a NoticedName.
         * @deprecated Use portcullis.v1.NoticedName.$Properties instead.
         */
        interface INoticedName extends portcullis.v1.NoticedName.$Properties {
        }

        /** Represents a NoticedName. */
        class NoticedName {

            /**
             * Constructs a new NoticedName.
             * @param [properties] Properties to set
             */
            constructor(properties?: portcullis.v1.NoticedName.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** NoticedName origin. */
            origin: string;

            /** NoticedName name. */
            name: string;

            /** NoticedName why. */
            why: string;

            /**
             * Encodes the specified NoticedName message. Does not implicitly {@link portcullis.v1.NoticedName.verify|verify} messages.
             * @param message NoticedName message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: portcullis.v1.NoticedName.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a NoticedName message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {portcullis.v1.NoticedName & portcullis.v1.NoticedName.$Shape} NoticedName
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): portcullis.v1.NoticedName & portcullis.v1.NoticedName.$Shape;
        }

        namespace NoticedName {

            /** Properties of a NoticedName. */
            interface $Properties {

                /** NoticedName origin */
                origin?: (string|null);

                /** NoticedName name */
                name?: (string|null);

                /** NoticedName why */
                why?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a NoticedName. */
            type $Shape = portcullis.v1.NoticedName.$Properties;
        }

        /**
         * Properties of a HeldBundle.
         * @deprecated Use portcullis.v1.HeldBundle.$Properties instead.
         */
        interface IHeldBundle extends portcullis.v1.HeldBundle.$Properties {
        }

        /** Represents a HeldBundle. */
        class HeldBundle {

            /**
             * Constructs a new HeldBundle.
             * @param [properties] Properties to set
             */
            constructor(properties?: portcullis.v1.HeldBundle.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** HeldBundle epoch. */
            epoch: (number|Long);

            /** HeldBundle revision. */
            revision: (number|Long);

            /** HeldBundle digest. */
            digest: Uint8Array;

            /**
             * Encodes the specified HeldBundle message. Does not implicitly {@link portcullis.v1.HeldBundle.verify|verify} messages.
             * @param message HeldBundle message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: portcullis.v1.HeldBundle.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a HeldBundle message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {portcullis.v1.HeldBundle & portcullis.v1.HeldBundle.$Shape} HeldBundle
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): portcullis.v1.HeldBundle & portcullis.v1.HeldBundle.$Shape;
        }

        namespace HeldBundle {

            /** Properties of a HeldBundle. */
            interface $Properties {

                /** HeldBundle epoch */
                epoch?: (number|Long|null);

                /** HeldBundle revision */
                revision?: (number|Long|null);

                /** HeldBundle digest */
                digest?: (Uint8Array|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a HeldBundle. */
            type $Shape = portcullis.v1.HeldBundle.$Properties;
        }

        /**
         * Properties of a Waiting.
         * @deprecated Use portcullis.v1.Waiting.$Properties instead.
         */
        interface IWaiting extends portcullis.v1.Waiting.$Properties {
        }

        /** Represents a Waiting. */
        class Waiting {

            /**
             * Constructs a new Waiting.
             * @param [properties] Properties to set
             */
            constructor(properties?: portcullis.v1.Waiting.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Waiting policy. */
            policy?: (portcullis.v1.PolicyRef.$Properties|null);

            /** Waiting reason. */
            reason: string;

            /**
             * Encodes the specified Waiting message. Does not implicitly {@link portcullis.v1.Waiting.verify|verify} messages.
             * @param message Waiting message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: portcullis.v1.Waiting.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes a Waiting message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {portcullis.v1.Waiting & portcullis.v1.Waiting.$Shape} Waiting
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): portcullis.v1.Waiting & portcullis.v1.Waiting.$Shape;
        }

        namespace Waiting {

            /** Properties of a Waiting. */
            interface $Properties {

                /** Waiting policy */
                policy?: (portcullis.v1.PolicyRef.$Properties|null);

                /** Waiting reason */
                reason?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of a Waiting. */
            type $Shape = portcullis.v1.Waiting.$Properties;
        }

        /**
         * Properties of an ExecEvent.
         * @deprecated Use portcullis.v1.ExecEvent.$Properties instead.
         */
        interface IExecEvent extends portcullis.v1.ExecEvent.$Properties {
        }

        /** Represents an ExecEvent. */
        class ExecEvent {

            /**
             * Constructs a new ExecEvent.
             * @param [properties] Properties to set
             */
            constructor(properties?: portcullis.v1.ExecEvent.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** ExecEvent execId. */
            execId: string;

            /** ExecEvent executableName. */
            executableName: string;

            /**
             * Encodes the specified ExecEvent message. Does not implicitly {@link portcullis.v1.ExecEvent.verify|verify} messages.
             * @param message ExecEvent message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: portcullis.v1.ExecEvent.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an ExecEvent message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {portcullis.v1.ExecEvent & portcullis.v1.ExecEvent.$Shape} ExecEvent
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): portcullis.v1.ExecEvent & portcullis.v1.ExecEvent.$Shape;
        }

        namespace ExecEvent {

            /** Properties of an ExecEvent. */
            interface $Properties {

                /** ExecEvent execId */
                execId?: (string|null);

                /** ExecEvent executableName */
                executableName?: (string|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an ExecEvent. */
            type $Shape = portcullis.v1.ExecEvent.$Properties;
        }

        /** AlertType enum. */
        enum AlertType {

            /** ALERT_TYPE_UNSPECIFIED value */
            ALERT_TYPE_UNSPECIFIED = 0,

            /** ALERT_TYPE_MATCHED_POLICY value */
            ALERT_TYPE_MATCHED_POLICY = 1,

            /** ALERT_TYPE_MATCHED_HOST_POLICY value */
            ALERT_TYPE_MATCHED_HOST_POLICY = 2,

            /** ALERT_TYPE_CONTAINER_LOG value */
            ALERT_TYPE_CONTAINER_LOG = 3,

            /** ALERT_TYPE_HOST_LOG value */
            ALERT_TYPE_HOST_LOG = 4,

            /** ALERT_TYPE_SYSTEM_EVENT value */
            ALERT_TYPE_SYSTEM_EVENT = 5
        }

        /** Operation enum. */
        enum Operation {

            /** OPERATION_UNSPECIFIED value */
            OPERATION_UNSPECIFIED = 0,

            /** OPERATION_PROCESS value */
            OPERATION_PROCESS = 1,

            /** OPERATION_FILE value */
            OPERATION_FILE = 2,

            /** OPERATION_NETWORK value */
            OPERATION_NETWORK = 3,

            /** OPERATION_CAPABILITIES value */
            OPERATION_CAPABILITIES = 4,

            /** OPERATION_SYSCALL value */
            OPERATION_SYSCALL = 5,

            /** OPERATION_ALERT_THRESHOLD value */
            OPERATION_ALERT_THRESHOLD = 6
        }

        /** Enforcer enum. */
        enum Enforcer {

            /** ENFORCER_UNSPECIFIED value */
            ENFORCER_UNSPECIFIED = 0,

            /** ENFORCER_BPFLSM value */
            ENFORCER_BPFLSM = 1
        }

        /** Result enum. */
        enum Result {

            /** RESULT_UNSPECIFIED value */
            RESULT_UNSPECIFIED = 0,

            /** RESULT_PASSED value */
            RESULT_PASSED = 1,

            /** RESULT_PERMISSION_DENIED value */
            RESULT_PERMISSION_DENIED = 2,

            /** RESULT_OPERATION_NOT_PERMITTED value */
            RESULT_OPERATION_NOT_PERMITTED = 3,

            /** RESULT_FAILED value */
            RESULT_FAILED = 4
        }

        /**
         * Properties of an Alert.
         * @deprecated Use portcullis.v1.Alert.$Properties instead.
         */
        interface IAlert extends portcullis.v1.Alert.$Properties {
        }

        /** Represents an Alert. */
        class Alert {

            /**
             * Constructs a new Alert.
             * @param [properties] Properties to set
             */
            constructor(properties?: portcullis.v1.Alert.$Properties);

            /** Unknown fields preserved while decoding when enabled */
            $unknowns?: Uint8Array[];

            /** Alert clusterName. */
            clusterName: string;

            /** Alert hostName. */
            hostName: string;

            /** Alert namespaceName. */
            namespaceName: string;

            /** Alert podName. */
            podName: string;

            /** Alert labels. */
            labels: portcullis.v1.Entry.$Properties[];

            /** Alert owner. */
            owner?: (portcullis.v1.Owner.$Properties|null);

            /** Alert containerId. */
            containerId: string;

            /** Alert containerName. */
            containerName: string;

            /** Alert containerImage. */
            containerImage: string;

            /** Alert hostPpid. */
            hostPpid: number;

            /** Alert hostPid. */
            hostPid: number;

            /** Alert ppid. */
            ppid: number;

            /** Alert pid. */
            pid: number;

            /** Alert uid. */
            uid: number;

            /** Alert parentProcessName. */
            parentProcessName: string;

            /** Alert processName. */
            processName: string;

            /** Alert policyName. */
            policyName: string;

            /** Alert severity. */
            severity?: (string|null);

            /** Alert tags. */
            tags: string[];

            /** Alert message. */
            message: string;

            /** Alert source. */
            source: string;

            /** Alert resource. */
            resource: string;

            /** Alert data. */
            data: string;

            /** Alert eventData. */
            eventData: portcullis.v1.Entry.$Properties[];

            /** Alert cwd. */
            cwd: string;

            /** Alert tty. */
            tty: string;

            /** Alert nodeId. */
            nodeId: string;

            /** Alert execEvent. */
            execEvent?: (portcullis.v1.ExecEvent.$Properties|null);

            /** Alert count. */
            count: (number|Long);

            /** Alert firstTimestampNs. */
            firstTimestampNs: (number|Long);

            /** Alert error. */
            error: string;

            /** Alert threshold. */
            threshold?: (portcullis.v1.Throttling.$Properties|null);

            /** Alert policy. */
            policy?: (portcullis.v1.PolicyRef.$Properties|null);

            /** Alert origin. */
            origin: string;

            /** Alert timestampNs. */
            timestampNs: (number|Long);

            /** Alert id. */
            id: string;

            /** Alert type. */
            type: portcullis.v1.AlertType;

            /** Alert operation. */
            operation: portcullis.v1.Operation;

            /** Alert action. */
            action: portcullis.v1.Action;

            /** Alert enforcer. */
            enforcer: portcullis.v1.Enforcer;

            /** Alert result. */
            result: portcullis.v1.Result;

            /**
             * Encodes the specified Alert message. Does not implicitly {@link portcullis.v1.Alert.verify|verify} messages.
             * @param message Alert message or plain object to encode
             * @param [writer] Writer to encode to
             * @returns Writer
             */
            static encode(message: portcullis.v1.Alert.$Properties, writer?: $protobuf.Writer): $protobuf.Writer;

            /**
             * Decodes an Alert message from the specified reader or buffer.
             * @param reader Reader or buffer to decode from
             * @param [length] Message length if known beforehand
             * @returns {portcullis.v1.Alert & portcullis.v1.Alert.$Shape} Alert
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            static decode(reader: ($protobuf.Reader|Uint8Array), length?: number): portcullis.v1.Alert & portcullis.v1.Alert.$Shape;
        }

        namespace Alert {

            /** Properties of an Alert. */
            interface $Properties {

                /** Alert clusterName */
                clusterName?: (string|null);

                /** Alert hostName */
                hostName?: (string|null);

                /** Alert namespaceName */
                namespaceName?: (string|null);

                /** Alert podName */
                podName?: (string|null);

                /** Alert labels */
                labels?: (portcullis.v1.Entry.$Properties[]|null);

                /** Alert owner */
                owner?: (portcullis.v1.Owner.$Properties|null);

                /** Alert containerId */
                containerId?: (string|null);

                /** Alert containerName */
                containerName?: (string|null);

                /** Alert containerImage */
                containerImage?: (string|null);

                /** Alert hostPpid */
                hostPpid?: (number|null);

                /** Alert hostPid */
                hostPid?: (number|null);

                /** Alert ppid */
                ppid?: (number|null);

                /** Alert pid */
                pid?: (number|null);

                /** Alert uid */
                uid?: (number|null);

                /** Alert parentProcessName */
                parentProcessName?: (string|null);

                /** Alert processName */
                processName?: (string|null);

                /** Alert policyName */
                policyName?: (string|null);

                /** Alert severity */
                severity?: (string|null);

                /** Alert tags */
                tags?: (string[]|null);

                /** Alert message */
                message?: (string|null);

                /** Alert source */
                source?: (string|null);

                /** Alert resource */
                resource?: (string|null);

                /** Alert data */
                data?: (string|null);

                /** Alert eventData */
                eventData?: (portcullis.v1.Entry.$Properties[]|null);

                /** Alert cwd */
                cwd?: (string|null);

                /** Alert tty */
                tty?: (string|null);

                /** Alert nodeId */
                nodeId?: (string|null);

                /** Alert execEvent */
                execEvent?: (portcullis.v1.ExecEvent.$Properties|null);

                /** Alert count */
                count?: (number|Long|null);

                /** Alert firstTimestampNs */
                firstTimestampNs?: (number|Long|null);

                /** Alert error */
                error?: (string|null);

                /** Alert threshold */
                threshold?: (portcullis.v1.Throttling.$Properties|null);

                /** Alert policy */
                policy?: (portcullis.v1.PolicyRef.$Properties|null);

                /** Alert origin */
                origin?: (string|null);

                /** Alert timestampNs */
                timestampNs?: (number|Long|null);

                /** Alert id */
                id?: (string|null);

                /** Alert type */
                type?: (portcullis.v1.AlertType|null);

                /** Alert operation */
                operation?: (portcullis.v1.Operation|null);

                /** Alert action */
                action?: (portcullis.v1.Action|null);

                /** Alert enforcer */
                enforcer?: (portcullis.v1.Enforcer|null);

                /** Alert result */
                result?: (portcullis.v1.Result|null);

                /** Unknown fields preserved while decoding when enabled */
                $unknowns?: Uint8Array[];
            }

            /** Shape of an Alert. */
            type $Shape = portcullis.v1.Alert.$Properties;
        }
    }
}
