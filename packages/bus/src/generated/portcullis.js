/*eslint-disable block-scoped-var, id-length, no-control-regex, no-magic-numbers, no-mixed-operators, no-prototype-builtins, no-redeclare, no-shadow, no-var, sort-vars, default-case, jsdoc/require-param*/
import $protobuf from "protobufjs/minimal.js";

// Common aliases
const $Reader = $protobuf.Reader, $Writer = $protobuf.Writer, $util = $protobuf.util;
const $Object = $util.global.Object, $undefined = $util.global.undefined, $Error = $util.global.Error, $RangeError = $util.global.RangeError;

// Exported root namespace
const $root = $protobuf.roots["portcullis"] || ($protobuf.roots["portcullis"] = {});

export const portcullis = $root.portcullis = (() => {

    /**
     * Namespace portcullis.
     * @exports portcullis
     * @namespace
     */
    const portcullis = {};

    portcullis.v1 = (function() {

        /**
         * Namespace v1.
         * @memberof portcullis
         * @namespace
         */
        const v1 = {};

        v1.Entry = (function() {

            /**
             * Properties of an Entry.
             * @typedef {Object} portcullis.v1.Entry.$Properties
             * @property {string|null} [key] Entry key
             * @property {string|null} [value] Entry value
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an Entry.
             * @memberof portcullis.v1
             * @interface IEntry
             * @augments portcullis.v1.Entry.$Properties
             * @deprecated Use portcullis.v1.Entry.$Properties instead.
             */

            /**
             * Shape of an Entry.
             * @typedef {portcullis.v1.Entry.$Properties} portcullis.v1.Entry.$Shape
             */

            /**
             * Constructs a new Entry.
             * @memberof portcullis.v1
             * @classdesc Represents an Entry.
             * @constructor
             * @param {portcullis.v1.Entry.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Entry = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Entry key.
             * @member {string} key
             * @memberof portcullis.v1.Entry
             * @instance
             */
            Entry.prototype.key = "";

            /**
             * Entry value.
             * @member {string} value
             * @memberof portcullis.v1.Entry
             * @instance
             */
            Entry.prototype.value = "";

            /**
             * Encodes the specified Entry message. Does not implicitly {@link portcullis.v1.Entry.verify|verify} messages.
             * @function encode
             * @memberof portcullis.v1.Entry
             * @static
             * @param {portcullis.v1.Entry.$Properties} message Entry message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Entry.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.key != null && $Object.hasOwnProperty.call(message, "key") && message.key !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.key);
                if (message.value != null && $Object.hasOwnProperty.call(message, "value") && message.value !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.value);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an Entry message from the specified reader or buffer.
             * @function decode
             * @memberof portcullis.v1.Entry
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {portcullis.v1.Entry & portcullis.v1.Entry.$Shape} Entry
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Entry.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.portcullis.v1.Entry();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.key = value;
                            else
                                delete message.key;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.value = value;
                            else
                                delete message.value;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Entry;
        })();

        /**
         * Action enum.
         * @name portcullis.v1.Action
         * @enum {number}
         * @property {number} ACTION_UNSPECIFIED=0 ACTION_UNSPECIFIED value
         * @property {number} ACTION_ALLOW=1 ACTION_ALLOW value
         * @property {number} ACTION_AUDIT=2 ACTION_AUDIT value
         * @property {number} ACTION_BLOCK=3 ACTION_BLOCK value
         */
        v1.Action = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "ACTION_UNSPECIFIED"] = 0;
            values[valuesById[1] = "ACTION_ALLOW"] = 1;
            values[valuesById[2] = "ACTION_AUDIT"] = 2;
            values[valuesById[3] = "ACTION_BLOCK"] = 3;
            return values;
        })();

        /**
         * PostureMode enum.
         * @name portcullis.v1.PostureMode
         * @enum {number}
         * @property {number} POSTURE_MODE_UNSPECIFIED=0 POSTURE_MODE_UNSPECIFIED value
         * @property {number} POSTURE_MODE_AUDIT=1 POSTURE_MODE_AUDIT value
         * @property {number} POSTURE_MODE_BLOCK=2 POSTURE_MODE_BLOCK value
         */
        v1.PostureMode = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "POSTURE_MODE_UNSPECIFIED"] = 0;
            values[valuesById[1] = "POSTURE_MODE_AUDIT"] = 1;
            values[valuesById[2] = "POSTURE_MODE_BLOCK"] = 2;
            return values;
        })();

        /**
         * Category enum.
         * @name portcullis.v1.Category
         * @enum {number}
         * @property {number} CATEGORY_UNSPECIFIED=0 CATEGORY_UNSPECIFIED value
         * @property {number} CATEGORY_PROCESS=1 CATEGORY_PROCESS value
         * @property {number} CATEGORY_FILE=2 CATEGORY_FILE value
         * @property {number} CATEGORY_NETWORK=3 CATEGORY_NETWORK value
         * @property {number} CATEGORY_CAPABILITIES=4 CATEGORY_CAPABILITIES value
         * @property {number} CATEGORY_SYSCALLS=5 CATEGORY_SYSCALLS value
         * @property {number} CATEGORY_DNS=6 CATEGORY_DNS value
         */
        v1.Category = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "CATEGORY_UNSPECIFIED"] = 0;
            values[valuesById[1] = "CATEGORY_PROCESS"] = 1;
            values[valuesById[2] = "CATEGORY_FILE"] = 2;
            values[valuesById[3] = "CATEGORY_NETWORK"] = 3;
            values[valuesById[4] = "CATEGORY_CAPABILITIES"] = 4;
            values[valuesById[5] = "CATEGORY_SYSCALLS"] = 5;
            values[valuesById[6] = "CATEGORY_DNS"] = 6;
            return values;
        })();

        /**
         * Protocol enum.
         * @name portcullis.v1.Protocol
         * @enum {number}
         * @property {number} PROTOCOL_UNSPECIFIED=0 PROTOCOL_UNSPECIFIED value
         * @property {number} PROTOCOL_TCP=1 PROTOCOL_TCP value
         * @property {number} PROTOCOL_UDP=2 PROTOCOL_UDP value
         * @property {number} PROTOCOL_ICMP=3 PROTOCOL_ICMP value
         * @property {number} PROTOCOL_ICMPV6=4 PROTOCOL_ICMPV6 value
         * @property {number} PROTOCOL_SCTP=5 PROTOCOL_SCTP value
         * @property {number} PROTOCOL_RAW=6 PROTOCOL_RAW value
         * @property {number} PROTOCOL_STREAM=7 PROTOCOL_STREAM value
         * @property {number} PROTOCOL_DGRAM=8 PROTOCOL_DGRAM value
         * @property {number} PROTOCOL_RDM=9 PROTOCOL_RDM value
         * @property {number} PROTOCOL_SEQPACKET=10 PROTOCOL_SEQPACKET value
         * @property {number} PROTOCOL_DCCP=11 PROTOCOL_DCCP value
         * @property {number} PROTOCOL_PACKET=12 PROTOCOL_PACKET value
         * @property {number} PROTOCOL_ALL=13 PROTOCOL_ALL value
         */
        v1.Protocol = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "PROTOCOL_UNSPECIFIED"] = 0;
            values[valuesById[1] = "PROTOCOL_TCP"] = 1;
            values[valuesById[2] = "PROTOCOL_UDP"] = 2;
            values[valuesById[3] = "PROTOCOL_ICMP"] = 3;
            values[valuesById[4] = "PROTOCOL_ICMPV6"] = 4;
            values[valuesById[5] = "PROTOCOL_SCTP"] = 5;
            values[valuesById[6] = "PROTOCOL_RAW"] = 6;
            values[valuesById[7] = "PROTOCOL_STREAM"] = 7;
            values[valuesById[8] = "PROTOCOL_DGRAM"] = 8;
            values[valuesById[9] = "PROTOCOL_RDM"] = 9;
            values[valuesById[10] = "PROTOCOL_SEQPACKET"] = 10;
            values[valuesById[11] = "PROTOCOL_DCCP"] = 11;
            values[valuesById[12] = "PROTOCOL_PACKET"] = 12;
            values[valuesById[13] = "PROTOCOL_ALL"] = 13;
            return values;
        })();

        /**
         * PolicyKind enum.
         * @name portcullis.v1.PolicyKind
         * @enum {number}
         * @property {number} POLICY_KIND_UNSPECIFIED=0 POLICY_KIND_UNSPECIFIED value
         * @property {number} POLICY_KIND_POLICY=1 POLICY_KIND_POLICY value
         * @property {number} POLICY_KIND_HOST_POLICY=2 POLICY_KIND_HOST_POLICY value
         * @property {number} POLICY_KIND_CLUSTER_POLICY=3 POLICY_KIND_CLUSTER_POLICY value
         */
        v1.PolicyKind = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "POLICY_KIND_UNSPECIFIED"] = 0;
            values[valuesById[1] = "POLICY_KIND_POLICY"] = 1;
            values[valuesById[2] = "POLICY_KIND_HOST_POLICY"] = 2;
            values[valuesById[3] = "POLICY_KIND_CLUSTER_POLICY"] = 3;
            return values;
        })();

        v1.PathMatch = (function() {

            /**
             * Properties of a PathMatch.
             * @typedef {Object} portcullis.v1.PathMatch.$Properties
             * @property {string|null} [path] PathMatch path
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a PathMatch.
             * @memberof portcullis.v1
             * @interface IPathMatch
             * @augments portcullis.v1.PathMatch.$Properties
             * @deprecated Use portcullis.v1.PathMatch.$Properties instead.
             */

            /**
             * Shape of a PathMatch.
             * @typedef {portcullis.v1.PathMatch.$Properties} portcullis.v1.PathMatch.$Shape
             */

            /**
             * Constructs a new PathMatch.
             * @memberof portcullis.v1
             * @classdesc Represents a PathMatch.
             * @constructor
             * @param {portcullis.v1.PathMatch.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const PathMatch = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * PathMatch path.
             * @member {string} path
             * @memberof portcullis.v1.PathMatch
             * @instance
             */
            PathMatch.prototype.path = "";

            /**
             * Encodes the specified PathMatch message. Does not implicitly {@link portcullis.v1.PathMatch.verify|verify} messages.
             * @function encode
             * @memberof portcullis.v1.PathMatch
             * @static
             * @param {portcullis.v1.PathMatch.$Properties} message PathMatch message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            PathMatch.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.path != null && $Object.hasOwnProperty.call(message, "path") && message.path !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.path);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a PathMatch message from the specified reader or buffer.
             * @function decode
             * @memberof portcullis.v1.PathMatch
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {portcullis.v1.PathMatch & portcullis.v1.PathMatch.$Shape} PathMatch
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            PathMatch.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.portcullis.v1.PathMatch();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.path = value;
                            else
                                delete message.path;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return PathMatch;
        })();

        v1.DirectoryMatch = (function() {

            /**
             * Properties of a DirectoryMatch.
             * @typedef {Object} portcullis.v1.DirectoryMatch.$Properties
             * @property {string|null} [dir] DirectoryMatch dir
             * @property {boolean|null} [recursive] DirectoryMatch recursive
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a DirectoryMatch.
             * @memberof portcullis.v1
             * @interface IDirectoryMatch
             * @augments portcullis.v1.DirectoryMatch.$Properties
             * @deprecated Use portcullis.v1.DirectoryMatch.$Properties instead.
             */

            /**
             * Shape of a DirectoryMatch.
             * @typedef {portcullis.v1.DirectoryMatch.$Properties} portcullis.v1.DirectoryMatch.$Shape
             */

            /**
             * Constructs a new DirectoryMatch.
             * @memberof portcullis.v1
             * @classdesc Represents a DirectoryMatch.
             * @constructor
             * @param {portcullis.v1.DirectoryMatch.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const DirectoryMatch = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * DirectoryMatch dir.
             * @member {string} dir
             * @memberof portcullis.v1.DirectoryMatch
             * @instance
             */
            DirectoryMatch.prototype.dir = "";

            /**
             * DirectoryMatch recursive.
             * @member {boolean} recursive
             * @memberof portcullis.v1.DirectoryMatch
             * @instance
             */
            DirectoryMatch.prototype.recursive = false;

            /**
             * Encodes the specified DirectoryMatch message. Does not implicitly {@link portcullis.v1.DirectoryMatch.verify|verify} messages.
             * @function encode
             * @memberof portcullis.v1.DirectoryMatch
             * @static
             * @param {portcullis.v1.DirectoryMatch.$Properties} message DirectoryMatch message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            DirectoryMatch.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.dir != null && $Object.hasOwnProperty.call(message, "dir") && message.dir !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.dir);
                if (message.recursive != null && $Object.hasOwnProperty.call(message, "recursive") && message.recursive !== false)
                    writer.uint32(/* id 2, wireType 0 =*/16).bool(message.recursive);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a DirectoryMatch message from the specified reader or buffer.
             * @function decode
             * @memberof portcullis.v1.DirectoryMatch
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {portcullis.v1.DirectoryMatch & portcullis.v1.DirectoryMatch.$Shape} DirectoryMatch
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            DirectoryMatch.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.portcullis.v1.DirectoryMatch();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.dir = value;
                            else
                                delete message.dir;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.recursive = value;
                            else
                                delete message.recursive;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return DirectoryMatch;
        })();

        v1.PatternMatch = (function() {

            /**
             * Properties of a PatternMatch.
             * @typedef {Object} portcullis.v1.PatternMatch.$Properties
             * @property {string|null} [pattern] PatternMatch pattern
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a PatternMatch.
             * @memberof portcullis.v1
             * @interface IPatternMatch
             * @augments portcullis.v1.PatternMatch.$Properties
             * @deprecated Use portcullis.v1.PatternMatch.$Properties instead.
             */

            /**
             * Shape of a PatternMatch.
             * @typedef {portcullis.v1.PatternMatch.$Properties} portcullis.v1.PatternMatch.$Shape
             */

            /**
             * Constructs a new PatternMatch.
             * @memberof portcullis.v1
             * @classdesc Represents a PatternMatch.
             * @constructor
             * @param {portcullis.v1.PatternMatch.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const PatternMatch = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * PatternMatch pattern.
             * @member {string} pattern
             * @memberof portcullis.v1.PatternMatch
             * @instance
             */
            PatternMatch.prototype.pattern = "";

            /**
             * Encodes the specified PatternMatch message. Does not implicitly {@link portcullis.v1.PatternMatch.verify|verify} messages.
             * @function encode
             * @memberof portcullis.v1.PatternMatch
             * @static
             * @param {portcullis.v1.PatternMatch.$Properties} message PatternMatch message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            PatternMatch.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.pattern != null && $Object.hasOwnProperty.call(message, "pattern") && message.pattern !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.pattern);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a PatternMatch message from the specified reader or buffer.
             * @function decode
             * @memberof portcullis.v1.PatternMatch
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {portcullis.v1.PatternMatch & portcullis.v1.PatternMatch.$Shape} PatternMatch
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            PatternMatch.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.portcullis.v1.PatternMatch();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.pattern = value;
                            else
                                delete message.pattern;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return PatternMatch;
        })();

        v1.SyscallMatch = (function() {

            /**
             * Properties of a SyscallMatch.
             * @typedef {Object} portcullis.v1.SyscallMatch.$Properties
             * @property {string|null} [syscall] SyscallMatch syscall
             * @property {portcullis.v1.PathMatch.$Properties|null} [path] SyscallMatch path
             * @property {portcullis.v1.DirectoryMatch.$Properties|null} [directory] SyscallMatch directory
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a SyscallMatch.
             * @memberof portcullis.v1
             * @interface ISyscallMatch
             * @augments portcullis.v1.SyscallMatch.$Properties
             * @deprecated Use portcullis.v1.SyscallMatch.$Properties instead.
             */

            /**
             * Shape of a SyscallMatch.
             * @typedef {portcullis.v1.SyscallMatch.$Properties} portcullis.v1.SyscallMatch.$Shape
             */

            /**
             * Constructs a new SyscallMatch.
             * @memberof portcullis.v1
             * @classdesc Represents a SyscallMatch.
             * @constructor
             * @param {portcullis.v1.SyscallMatch.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const SyscallMatch = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * SyscallMatch syscall.
             * @member {string} syscall
             * @memberof portcullis.v1.SyscallMatch
             * @instance
             */
            SyscallMatch.prototype.syscall = "";

            /**
             * SyscallMatch path.
             * @member {portcullis.v1.PathMatch.$Properties|null|undefined} path
             * @memberof portcullis.v1.SyscallMatch
             * @instance
             */
            SyscallMatch.prototype.path = null;

            /**
             * SyscallMatch directory.
             * @member {portcullis.v1.DirectoryMatch.$Properties|null|undefined} directory
             * @memberof portcullis.v1.SyscallMatch
             * @instance
             */
            SyscallMatch.prototype.directory = null;

            /**
             * Encodes the specified SyscallMatch message. Does not implicitly {@link portcullis.v1.SyscallMatch.verify|verify} messages.
             * @function encode
             * @memberof portcullis.v1.SyscallMatch
             * @static
             * @param {portcullis.v1.SyscallMatch.$Properties} message SyscallMatch message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            SyscallMatch.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.syscall != null && $Object.hasOwnProperty.call(message, "syscall") && message.syscall !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.syscall);
                if (message.path != null && $Object.hasOwnProperty.call(message, "path"))
                    $root.portcullis.v1.PathMatch.encode(message.path, writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                if (message.directory != null && $Object.hasOwnProperty.call(message, "directory"))
                    $root.portcullis.v1.DirectoryMatch.encode(message.directory, writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a SyscallMatch message from the specified reader or buffer.
             * @function decode
             * @memberof portcullis.v1.SyscallMatch
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {portcullis.v1.SyscallMatch & portcullis.v1.SyscallMatch.$Shape} SyscallMatch
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            SyscallMatch.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.portcullis.v1.SyscallMatch();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.syscall = value;
                            else
                                delete message.syscall;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            message.path = $root.portcullis.v1.PathMatch.decode(reader, reader.size(), $undefined, _depth + 1, message.path);
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            message.directory = $root.portcullis.v1.DirectoryMatch.decode(reader, reader.size(), $undefined, _depth + 1, message.directory);
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return SyscallMatch;
        })();

        v1.AddressMatch = (function() {

            /**
             * Properties of an AddressMatch.
             * @typedef {Object} portcullis.v1.AddressMatch.$Properties
             * @property {string|null} [cidr] AddressMatch cidr
             * @property {boolean|null} [ingress] AddressMatch ingress
             * @property {portcullis.v1.Protocol|null} [protocol] AddressMatch protocol
             * @property {number|null} [firstPort] AddressMatch firstPort
             * @property {number|null} [lastPort] AddressMatch lastPort
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an AddressMatch.
             * @memberof portcullis.v1
             * @interface IAddressMatch
             * @augments portcullis.v1.AddressMatch.$Properties
             * @deprecated Use portcullis.v1.AddressMatch.$Properties instead.
             */

            /**
             * Shape of an AddressMatch.
             * @typedef {portcullis.v1.AddressMatch.$Properties} portcullis.v1.AddressMatch.$Shape
             */

            /**
             * Constructs a new AddressMatch.
             * @memberof portcullis.v1
             * @classdesc Represents an AddressMatch.
             * @constructor
             * @param {portcullis.v1.AddressMatch.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const AddressMatch = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * AddressMatch cidr.
             * @member {string} cidr
             * @memberof portcullis.v1.AddressMatch
             * @instance
             */
            AddressMatch.prototype.cidr = "";

            /**
             * AddressMatch ingress.
             * @member {boolean} ingress
             * @memberof portcullis.v1.AddressMatch
             * @instance
             */
            AddressMatch.prototype.ingress = false;

            /**
             * AddressMatch protocol.
             * @member {portcullis.v1.Protocol} protocol
             * @memberof portcullis.v1.AddressMatch
             * @instance
             */
            AddressMatch.prototype.protocol = 0;

            /**
             * AddressMatch firstPort.
             * @member {number} firstPort
             * @memberof portcullis.v1.AddressMatch
             * @instance
             */
            AddressMatch.prototype.firstPort = 0;

            /**
             * AddressMatch lastPort.
             * @member {number} lastPort
             * @memberof portcullis.v1.AddressMatch
             * @instance
             */
            AddressMatch.prototype.lastPort = 0;

            /**
             * Encodes the specified AddressMatch message. Does not implicitly {@link portcullis.v1.AddressMatch.verify|verify} messages.
             * @function encode
             * @memberof portcullis.v1.AddressMatch
             * @static
             * @param {portcullis.v1.AddressMatch.$Properties} message AddressMatch message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            AddressMatch.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.cidr != null && $Object.hasOwnProperty.call(message, "cidr") && message.cidr !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.cidr);
                if (message.ingress != null && $Object.hasOwnProperty.call(message, "ingress") && message.ingress !== false)
                    writer.uint32(/* id 2, wireType 0 =*/16).bool(message.ingress);
                if (message.protocol != null && $Object.hasOwnProperty.call(message, "protocol") && message.protocol !== 0)
                    writer.uint32(/* id 3, wireType 0 =*/24).int32(message.protocol);
                if (message.firstPort != null && $Object.hasOwnProperty.call(message, "firstPort") && message.firstPort !== 0)
                    writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.firstPort);
                if (message.lastPort != null && $Object.hasOwnProperty.call(message, "lastPort") && message.lastPort !== 0)
                    writer.uint32(/* id 5, wireType 0 =*/40).uint32(message.lastPort);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an AddressMatch message from the specified reader or buffer.
             * @function decode
             * @memberof portcullis.v1.AddressMatch
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {portcullis.v1.AddressMatch & portcullis.v1.AddressMatch.$Shape} AddressMatch
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            AddressMatch.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.portcullis.v1.AddressMatch();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.cidr = value;
                            else
                                delete message.cidr;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.ingress = value;
                            else
                                delete message.ingress;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.protocol = value;
                            else
                                delete message.protocol;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.firstPort = value;
                            else
                                delete message.firstPort;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.lastPort = value;
                            else
                                delete message.lastPort;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return AddressMatch;
        })();

        v1.Match = (function() {

            /**
             * Properties of a Match.
             * @typedef {Object} portcullis.v1.Match.$Properties
             * @property {portcullis.v1.PathMatch.$Properties|null} [path] Match path
             * @property {portcullis.v1.DirectoryMatch.$Properties|null} [directory] Match directory
             * @property {portcullis.v1.PatternMatch.$Properties|null} [pattern] Match pattern
             * @property {portcullis.v1.Protocol|null} [protocol] Match protocol
             * @property {number|null} [capability] Match capability
             * @property {portcullis.v1.SyscallMatch.$Properties|null} [syscall] Match syscall
             * @property {string|null} [execname] Match execname
             * @property {boolean|null} [fileless] Match fileless
             * @property {portcullis.v1.Preset|null} [preset] Match preset
             * @property {string|null} [domain] Match domain
             * @property {portcullis.v1.AddressMatch.$Properties|null} [address] Match address
             * @property {"path"|"directory"|"pattern"|"protocol"|"capability"|"syscall"|"execname"|"fileless"|"preset"|"domain"|"address"} [kind] Match kind
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Match.
             * @memberof portcullis.v1
             * @interface IMatch
             * @augments portcullis.v1.Match.$Properties
             * @deprecated Use portcullis.v1.Match.$Properties instead.
             */

            /**
             * Narrowed shape of a Match.
             * @typedef {{
             *   path?: portcullis.v1.PathMatch.$Shape|null;
             *   directory?: portcullis.v1.DirectoryMatch.$Shape|null;
             *   pattern?: portcullis.v1.PatternMatch.$Shape|null;
             *   protocol?: portcullis.v1.Protocol|null;
             *   capability?: number|null;
             *   syscall?: portcullis.v1.SyscallMatch.$Shape|null;
             *   execname?: string|null;
             *   fileless?: boolean|null;
             *   preset?: portcullis.v1.Preset|null;
             *   domain?: string|null;
             *   address?: portcullis.v1.AddressMatch.$Shape|null;
             *   $unknowns?: Array.<Uint8Array>;
             * } & (
             *   ({ kind?: undefined; path?: null; directory?: null; pattern?: null; protocol?: null; capability?: null; syscall?: null; execname?: null; fileless?: null; preset?: null; domain?: null; address?: null }|{ kind?: "path"; path: portcullis.v1.PathMatch.$Shape; directory?: null; pattern?: null; protocol?: null; capability?: null; syscall?: null; execname?: null; fileless?: null; preset?: null; domain?: null; address?: null }|{ kind?: "directory"; path?: null; directory: portcullis.v1.DirectoryMatch.$Shape; pattern?: null; protocol?: null; capability?: null; syscall?: null; execname?: null; fileless?: null; preset?: null; domain?: null; address?: null }|{ kind?: "pattern"; path?: null; directory?: null; pattern: portcullis.v1.PatternMatch.$Shape; protocol?: null; capability?: null; syscall?: null; execname?: null; fileless?: null; preset?: null; domain?: null; address?: null }|{ kind?: "protocol"; path?: null; directory?: null; pattern?: null; protocol: portcullis.v1.Protocol; capability?: null; syscall?: null; execname?: null; fileless?: null; preset?: null; domain?: null; address?: null }|{ kind?: "capability"; path?: null; directory?: null; pattern?: null; protocol?: null; capability: number; syscall?: null; execname?: null; fileless?: null; preset?: null; domain?: null; address?: null }|{ kind?: "syscall"; path?: null; directory?: null; pattern?: null; protocol?: null; capability?: null; syscall: portcullis.v1.SyscallMatch.$Shape; execname?: null; fileless?: null; preset?: null; domain?: null; address?: null }|{ kind?: "execname"; path?: null; directory?: null; pattern?: null; protocol?: null; capability?: null; syscall?: null; execname: string; fileless?: null; preset?: null; domain?: null; address?: null }|{ kind?: "fileless"; path?: null; directory?: null; pattern?: null; protocol?: null; capability?: null; syscall?: null; execname?: null; fileless: boolean; preset?: null; domain?: null; address?: null }|{ kind?: "preset"; path?: null; directory?: null; pattern?: null; protocol?: null; capability?: null; syscall?: null; execname?: null; fileless?: null; preset: portcullis.v1.Preset; domain?: null; address?: null }|{ kind?: "domain"; path?: null; directory?: null; pattern?: null; protocol?: null; capability?: null; syscall?: null; execname?: null; fileless?: null; preset?: null; domain: string; address?: null }|{ kind?: "address"; path?: null; directory?: null; pattern?: null; protocol?: null; capability?: null; syscall?: null; execname?: null; fileless?: null; preset?: null; domain?: null; address: portcullis.v1.AddressMatch.$Shape })
             * )} portcullis.v1.Match.$Shape
             */

            /**
             * Constructs a new Match.
             * @memberof portcullis.v1
             * @classdesc Represents a Match.
             * @constructor
             * @param {portcullis.v1.Match.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Match = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Match path.
             * @member {portcullis.v1.PathMatch.$Properties|null|undefined} path
             * @memberof portcullis.v1.Match
             * @instance
             */
            Match.prototype.path = null;

            /**
             * Match directory.
             * @member {portcullis.v1.DirectoryMatch.$Properties|null|undefined} directory
             * @memberof portcullis.v1.Match
             * @instance
             */
            Match.prototype.directory = null;

            /**
             * Match pattern.
             * @member {portcullis.v1.PatternMatch.$Properties|null|undefined} pattern
             * @memberof portcullis.v1.Match
             * @instance
             */
            Match.prototype.pattern = null;

            /**
             * Match protocol.
             * @member {portcullis.v1.Protocol|null|undefined} protocol
             * @memberof portcullis.v1.Match
             * @instance
             */
            Match.prototype.protocol = null;

            /**
             * Match capability.
             * @member {number|null|undefined} capability
             * @memberof portcullis.v1.Match
             * @instance
             */
            Match.prototype.capability = null;

            /**
             * Match syscall.
             * @member {portcullis.v1.SyscallMatch.$Properties|null|undefined} syscall
             * @memberof portcullis.v1.Match
             * @instance
             */
            Match.prototype.syscall = null;

            /**
             * Match execname.
             * @member {string|null|undefined} execname
             * @memberof portcullis.v1.Match
             * @instance
             */
            Match.prototype.execname = null;

            /**
             * Match fileless.
             * @member {boolean|null|undefined} fileless
             * @memberof portcullis.v1.Match
             * @instance
             */
            Match.prototype.fileless = null;

            /**
             * Match preset.
             * @member {portcullis.v1.Preset|null|undefined} preset
             * @memberof portcullis.v1.Match
             * @instance
             */
            Match.prototype.preset = null;

            /**
             * Match domain.
             * @member {string|null|undefined} domain
             * @memberof portcullis.v1.Match
             * @instance
             */
            Match.prototype.domain = null;

            /**
             * Match address.
             * @member {portcullis.v1.AddressMatch.$Properties|null|undefined} address
             * @memberof portcullis.v1.Match
             * @instance
             */
            Match.prototype.address = null;

            // OneOf field names bound to virtual getters and setters
            let $oneOfFields;

            /**
             * Match kind.
             * @member {"path"|"directory"|"pattern"|"protocol"|"capability"|"syscall"|"execname"|"fileless"|"preset"|"domain"|"address"|undefined} kind
             * @memberof portcullis.v1.Match
             * @instance
             */
            $Object.defineProperty(Match.prototype, "kind", {
                get: $util.oneOfGetter($oneOfFields = ["path", "directory", "pattern", "protocol", "capability", "syscall", "execname", "fileless", "preset", "domain", "address"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            /**
             * Encodes the specified Match message. Does not implicitly {@link portcullis.v1.Match.verify|verify} messages.
             * @function encode
             * @memberof portcullis.v1.Match
             * @static
             * @param {portcullis.v1.Match.$Properties} message Match message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Match.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.path != null && $Object.hasOwnProperty.call(message, "path"))
                    $root.portcullis.v1.PathMatch.encode(message.path, writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                if (message.directory != null && $Object.hasOwnProperty.call(message, "directory"))
                    $root.portcullis.v1.DirectoryMatch.encode(message.directory, writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                if (message.pattern != null && $Object.hasOwnProperty.call(message, "pattern"))
                    $root.portcullis.v1.PatternMatch.encode(message.pattern, writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
                if (message.protocol != null && $Object.hasOwnProperty.call(message, "protocol"))
                    writer.uint32(/* id 4, wireType 0 =*/32).int32(message.protocol);
                if (message.capability != null && $Object.hasOwnProperty.call(message, "capability"))
                    writer.uint32(/* id 5, wireType 0 =*/40).uint32(message.capability);
                if (message.syscall != null && $Object.hasOwnProperty.call(message, "syscall"))
                    $root.portcullis.v1.SyscallMatch.encode(message.syscall, writer.uint32(/* id 6, wireType 2 =*/50).fork(), _depth + 1).ldelim();
                if (message.execname != null && $Object.hasOwnProperty.call(message, "execname"))
                    writer.uint32(/* id 7, wireType 2 =*/58).string(message.execname);
                if (message.fileless != null && $Object.hasOwnProperty.call(message, "fileless"))
                    writer.uint32(/* id 8, wireType 0 =*/64).bool(message.fileless);
                if (message.preset != null && $Object.hasOwnProperty.call(message, "preset"))
                    writer.uint32(/* id 9, wireType 0 =*/72).int32(message.preset);
                if (message.domain != null && $Object.hasOwnProperty.call(message, "domain"))
                    writer.uint32(/* id 10, wireType 2 =*/82).string(message.domain);
                if (message.address != null && $Object.hasOwnProperty.call(message, "address"))
                    $root.portcullis.v1.AddressMatch.encode(message.address, writer.uint32(/* id 11, wireType 2 =*/90).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Match message from the specified reader or buffer.
             * @function decode
             * @memberof portcullis.v1.Match
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {portcullis.v1.Match & portcullis.v1.Match.$Shape} Match
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Match.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.portcullis.v1.Match();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            message.path = $root.portcullis.v1.PathMatch.decode(reader, reader.size(), $undefined, _depth + 1, message.path);
                            message.kind = "path";
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            message.directory = $root.portcullis.v1.DirectoryMatch.decode(reader, reader.size(), $undefined, _depth + 1, message.directory);
                            message.kind = "directory";
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            message.pattern = $root.portcullis.v1.PatternMatch.decode(reader, reader.size(), $undefined, _depth + 1, message.pattern);
                            message.kind = "pattern";
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            message.protocol = reader.int32();
                            message.kind = "protocol";
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            message.capability = reader.uint32();
                            message.kind = "capability";
                            continue;
                        }
                    case 6: {
                            if (wireType !== 2)
                                break;
                            message.syscall = $root.portcullis.v1.SyscallMatch.decode(reader, reader.size(), $undefined, _depth + 1, message.syscall);
                            message.kind = "syscall";
                            continue;
                        }
                    case 7: {
                            if (wireType !== 2)
                                break;
                            message.execname = reader.stringVerify();
                            message.kind = "execname";
                            continue;
                        }
                    case 8: {
                            if (wireType !== 0)
                                break;
                            message.fileless = reader.bool();
                            message.kind = "fileless";
                            continue;
                        }
                    case 9: {
                            if (wireType !== 0)
                                break;
                            message.preset = reader.int32();
                            message.kind = "preset";
                            continue;
                        }
                    case 10: {
                            if (wireType !== 2)
                                break;
                            message.domain = reader.stringVerify();
                            message.kind = "domain";
                            continue;
                        }
                    case 11: {
                            if (wireType !== 2)
                                break;
                            message.address = $root.portcullis.v1.AddressMatch.decode(reader, reader.size(), $undefined, _depth + 1, message.address);
                            message.kind = "address";
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Match;
        })();

        v1.PolicyRef = (function() {

            /**
             * Properties of a PolicyRef.
             * @typedef {Object} portcullis.v1.PolicyRef.$Properties
             * @property {portcullis.v1.PolicyKind|null} [kind] PolicyRef kind
             * @property {string|null} [namespace] PolicyRef namespace
             * @property {string|null} [name] PolicyRef name
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a PolicyRef.
             * @memberof portcullis.v1
             * @interface IPolicyRef
             * @augments portcullis.v1.PolicyRef.$Properties
             * @deprecated Use portcullis.v1.PolicyRef.$Properties instead.
             */

            /**
             * Shape of a PolicyRef.
             * @typedef {portcullis.v1.PolicyRef.$Properties} portcullis.v1.PolicyRef.$Shape
             */

            /**
             * Constructs a new PolicyRef.
             * @memberof portcullis.v1
             * @classdesc Represents a PolicyRef.
             * @constructor
             * @param {portcullis.v1.PolicyRef.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const PolicyRef = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * PolicyRef kind.
             * @member {portcullis.v1.PolicyKind} kind
             * @memberof portcullis.v1.PolicyRef
             * @instance
             */
            PolicyRef.prototype.kind = 0;

            /**
             * PolicyRef namespace.
             * @member {string} namespace
             * @memberof portcullis.v1.PolicyRef
             * @instance
             */
            PolicyRef.prototype.namespace = "";

            /**
             * PolicyRef name.
             * @member {string} name
             * @memberof portcullis.v1.PolicyRef
             * @instance
             */
            PolicyRef.prototype.name = "";

            /**
             * Encodes the specified PolicyRef message. Does not implicitly {@link portcullis.v1.PolicyRef.verify|verify} messages.
             * @function encode
             * @memberof portcullis.v1.PolicyRef
             * @static
             * @param {portcullis.v1.PolicyRef.$Properties} message PolicyRef message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            PolicyRef.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.kind != null && $Object.hasOwnProperty.call(message, "kind") && message.kind !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).int32(message.kind);
                if (message.namespace != null && $Object.hasOwnProperty.call(message, "namespace") && message.namespace !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.namespace);
                if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.name);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a PolicyRef message from the specified reader or buffer.
             * @function decode
             * @memberof portcullis.v1.PolicyRef
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {portcullis.v1.PolicyRef & portcullis.v1.PolicyRef.$Shape} PolicyRef
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            PolicyRef.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.portcullis.v1.PolicyRef();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.kind = value;
                            else
                                delete message.kind;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.namespace = value;
                            else
                                delete message.namespace;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.name = value;
                            else
                                delete message.name;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return PolicyRef;
        })();

        v1.Attributes = (function() {

            /**
             * Properties of an Attributes.
             * @typedef {Object} portcullis.v1.Attributes.$Properties
             * @property {string|null} [severity] Attributes severity
             * @property {Array.<string>|null} [tags] Attributes tags
             * @property {string|null} [message] Attributes message
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an Attributes.
             * @memberof portcullis.v1
             * @interface IAttributes
             * @augments portcullis.v1.Attributes.$Properties
             * @deprecated Use portcullis.v1.Attributes.$Properties instead.
             */

            /**
             * Shape of an Attributes.
             * @typedef {portcullis.v1.Attributes.$Properties} portcullis.v1.Attributes.$Shape
             */

            /**
             * Constructs a new Attributes.
             * @memberof portcullis.v1
             * @classdesc Represents an Attributes.
             * @constructor
             * @param {portcullis.v1.Attributes.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Attributes = function (properties) {
                this.tags = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Attributes severity.
             * @member {string} severity
             * @memberof portcullis.v1.Attributes
             * @instance
             */
            Attributes.prototype.severity = "";

            /**
             * Attributes tags.
             * @member {Array.<string>} tags
             * @memberof portcullis.v1.Attributes
             * @instance
             */
            Attributes.prototype.tags = $util.emptyArray;

            /**
             * Attributes message.
             * @member {string} message
             * @memberof portcullis.v1.Attributes
             * @instance
             */
            Attributes.prototype.message = "";

            /**
             * Encodes the specified Attributes message. Does not implicitly {@link portcullis.v1.Attributes.verify|verify} messages.
             * @function encode
             * @memberof portcullis.v1.Attributes
             * @static
             * @param {portcullis.v1.Attributes.$Properties} message Attributes message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Attributes.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.severity != null && $Object.hasOwnProperty.call(message, "severity") && message.severity !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.severity);
                if (message.tags != null && message.tags.length)
                    for (let i = 0; i < message.tags.length; ++i)
                        writer.uint32(/* id 2, wireType 2 =*/18).string(message.tags[i]);
                if (message.message != null && $Object.hasOwnProperty.call(message, "message") && message.message !== "")
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.message);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an Attributes message from the specified reader or buffer.
             * @function decode
             * @memberof portcullis.v1.Attributes
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {portcullis.v1.Attributes & portcullis.v1.Attributes.$Shape} Attributes
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Attributes.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.portcullis.v1.Attributes();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.severity = value;
                            else
                                delete message.severity;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if (!(message.tags && message.tags.length))
                                message.tags = [];
                            message.tags.push(reader.stringVerify());
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.message = value;
                            else
                                delete message.message;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Attributes;
        })();

        /**
         * Preset enum.
         * @name portcullis.v1.Preset
         * @enum {number}
         * @property {number} PRESET_UNSPECIFIED=0 PRESET_UNSPECIFIED value
         * @property {number} PRESET_ANONYMOUS_MAP_EXEC=1 PRESET_ANONYMOUS_MAP_EXEC value
         * @property {number} PRESET_EXEC=2 PRESET_EXEC value
         * @property {number} PRESET_IMAGE_ONLY=3 PRESET_IMAGE_ONLY value
         * @property {number} PRESET_PROTECT_ENV=4 PRESET_PROTECT_ENV value
         * @property {number} PRESET_PROTECT_PROC=5 PRESET_PROTECT_PROC value
         */
        v1.Preset = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "PRESET_UNSPECIFIED"] = 0;
            values[valuesById[1] = "PRESET_ANONYMOUS_MAP_EXEC"] = 1;
            values[valuesById[2] = "PRESET_EXEC"] = 2;
            values[valuesById[3] = "PRESET_IMAGE_ONLY"] = 3;
            values[valuesById[4] = "PRESET_PROTECT_ENV"] = 4;
            values[valuesById[5] = "PRESET_PROTECT_PROC"] = 5;
            return values;
        })();

        v1.Rule = (function() {

            /**
             * Properties of a Rule.
             * @typedef {Object} portcullis.v1.Rule.$Properties
             * @property {number|null} [id] Rule id
             * @property {portcullis.v1.Category|null} [category] Rule category
             * @property {portcullis.v1.Match.$Properties|null} [match] Rule match
             * @property {portcullis.v1.Match.$Properties|null} [source] Rule source
             * @property {portcullis.v1.Action|null} [action] Rule action
             * @property {boolean|null} [readOnly] Rule readOnly
             * @property {boolean|null} [ownerOnly] Rule ownerOnly
             * @property {boolean|null} [noTerminal] Rule noTerminal
             * @property {number|null} [policy] Rule policy
             * @property {number|null} [attributes] Rule attributes
             * @property {string|null} [origin] Rule origin
             * @property {Array.<string>|null} [allowedArgs] Rule allowedArgs
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Rule.
             * @memberof portcullis.v1
             * @interface IRule
             * @augments portcullis.v1.Rule.$Properties
             * @deprecated Use portcullis.v1.Rule.$Properties instead.
             */

            /**
             * Shape of a Rule.
             * @typedef {{
             *   id?: number|null;
             *   category?: portcullis.v1.Category|null;
             *   match?: portcullis.v1.Match.$Shape|null;
             *   source?: portcullis.v1.Match.$Shape|null;
             *   action?: portcullis.v1.Action|null;
             *   readOnly?: boolean|null;
             *   ownerOnly?: boolean|null;
             *   noTerminal?: boolean|null;
             *   policy?: number|null;
             *   attributes?: number|null;
             *   origin?: string|null;
             *   allowedArgs?: Array.<string>|null;
             *   $unknowns?: Array.<Uint8Array>;
             * }} portcullis.v1.Rule.$Shape
             */

            /**
             * Constructs a new Rule.
             * @memberof portcullis.v1
             * @classdesc Represents a Rule.
             * @constructor
             * @param {portcullis.v1.Rule.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Rule = function (properties) {
                this.allowedArgs = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Rule id.
             * @member {number} id
             * @memberof portcullis.v1.Rule
             * @instance
             */
            Rule.prototype.id = 0;

            /**
             * Rule category.
             * @member {portcullis.v1.Category} category
             * @memberof portcullis.v1.Rule
             * @instance
             */
            Rule.prototype.category = 0;

            /**
             * Rule match.
             * @member {portcullis.v1.Match.$Properties|null|undefined} match
             * @memberof portcullis.v1.Rule
             * @instance
             */
            Rule.prototype.match = null;

            /**
             * Rule source.
             * @member {portcullis.v1.Match.$Properties|null|undefined} source
             * @memberof portcullis.v1.Rule
             * @instance
             */
            Rule.prototype.source = null;

            /**
             * Rule action.
             * @member {portcullis.v1.Action} action
             * @memberof portcullis.v1.Rule
             * @instance
             */
            Rule.prototype.action = 0;

            /**
             * Rule readOnly.
             * @member {boolean} readOnly
             * @memberof portcullis.v1.Rule
             * @instance
             */
            Rule.prototype.readOnly = false;

            /**
             * Rule ownerOnly.
             * @member {boolean} ownerOnly
             * @memberof portcullis.v1.Rule
             * @instance
             */
            Rule.prototype.ownerOnly = false;

            /**
             * Rule noTerminal.
             * @member {boolean} noTerminal
             * @memberof portcullis.v1.Rule
             * @instance
             */
            Rule.prototype.noTerminal = false;

            /**
             * Rule policy.
             * @member {number} policy
             * @memberof portcullis.v1.Rule
             * @instance
             */
            Rule.prototype.policy = 0;

            /**
             * Rule attributes.
             * @member {number} attributes
             * @memberof portcullis.v1.Rule
             * @instance
             */
            Rule.prototype.attributes = 0;

            /**
             * Rule origin.
             * @member {string} origin
             * @memberof portcullis.v1.Rule
             * @instance
             */
            Rule.prototype.origin = "";

            /**
             * Rule allowedArgs.
             * @member {Array.<string>} allowedArgs
             * @memberof portcullis.v1.Rule
             * @instance
             */
            Rule.prototype.allowedArgs = $util.emptyArray;

            /**
             * Encodes the specified Rule message. Does not implicitly {@link portcullis.v1.Rule.verify|verify} messages.
             * @function encode
             * @memberof portcullis.v1.Rule
             * @static
             * @param {portcullis.v1.Rule.$Properties} message Rule message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Rule.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.id != null && $Object.hasOwnProperty.call(message, "id") && message.id !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.id);
                if (message.category != null && $Object.hasOwnProperty.call(message, "category") && message.category !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).int32(message.category);
                if (message.match != null && $Object.hasOwnProperty.call(message, "match"))
                    $root.portcullis.v1.Match.encode(message.match, writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
                if (message.source != null && $Object.hasOwnProperty.call(message, "source"))
                    $root.portcullis.v1.Match.encode(message.source, writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
                if (message.action != null && $Object.hasOwnProperty.call(message, "action") && message.action !== 0)
                    writer.uint32(/* id 5, wireType 0 =*/40).int32(message.action);
                if (message.readOnly != null && $Object.hasOwnProperty.call(message, "readOnly") && message.readOnly !== false)
                    writer.uint32(/* id 6, wireType 0 =*/48).bool(message.readOnly);
                if (message.ownerOnly != null && $Object.hasOwnProperty.call(message, "ownerOnly") && message.ownerOnly !== false)
                    writer.uint32(/* id 7, wireType 0 =*/56).bool(message.ownerOnly);
                if (message.noTerminal != null && $Object.hasOwnProperty.call(message, "noTerminal") && message.noTerminal !== false)
                    writer.uint32(/* id 8, wireType 0 =*/64).bool(message.noTerminal);
                if (message.policy != null && $Object.hasOwnProperty.call(message, "policy") && message.policy !== 0)
                    writer.uint32(/* id 9, wireType 0 =*/72).uint32(message.policy);
                if (message.attributes != null && $Object.hasOwnProperty.call(message, "attributes") && message.attributes !== 0)
                    writer.uint32(/* id 10, wireType 0 =*/80).uint32(message.attributes);
                if (message.origin != null && $Object.hasOwnProperty.call(message, "origin") && message.origin !== "")
                    writer.uint32(/* id 11, wireType 2 =*/90).string(message.origin);
                if (message.allowedArgs != null && message.allowedArgs.length)
                    for (let i = 0; i < message.allowedArgs.length; ++i)
                        writer.uint32(/* id 12, wireType 2 =*/98).string(message.allowedArgs[i]);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Rule message from the specified reader or buffer.
             * @function decode
             * @memberof portcullis.v1.Rule
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {portcullis.v1.Rule & portcullis.v1.Rule.$Shape} Rule
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Rule.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.portcullis.v1.Rule();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.id = value;
                            else
                                delete message.id;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.category = value;
                            else
                                delete message.category;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            message.match = $root.portcullis.v1.Match.decode(reader, reader.size(), $undefined, _depth + 1, message.match);
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            message.source = $root.portcullis.v1.Match.decode(reader, reader.size(), $undefined, _depth + 1, message.source);
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.action = value;
                            else
                                delete message.action;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.readOnly = value;
                            else
                                delete message.readOnly;
                            continue;
                        }
                    case 7: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.ownerOnly = value;
                            else
                                delete message.ownerOnly;
                            continue;
                        }
                    case 8: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.noTerminal = value;
                            else
                                delete message.noTerminal;
                            continue;
                        }
                    case 9: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.policy = value;
                            else
                                delete message.policy;
                            continue;
                        }
                    case 10: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.attributes = value;
                            else
                                delete message.attributes;
                            continue;
                        }
                    case 11: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.origin = value;
                            else
                                delete message.origin;
                            continue;
                        }
                    case 12: {
                            if (wireType !== 2)
                                break;
                            if (!(message.allowedArgs && message.allowedArgs.length))
                                message.allowedArgs = [];
                            message.allowedArgs.push(reader.stringVerify());
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Rule;
        })();

        v1.Posture = (function() {

            /**
             * Properties of a Posture.
             * @typedef {Object} portcullis.v1.Posture.$Properties
             * @property {portcullis.v1.Category|null} [category] Posture category
             * @property {portcullis.v1.PostureMode|null} [mode] Posture mode
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Posture.
             * @memberof portcullis.v1
             * @interface IPosture
             * @augments portcullis.v1.Posture.$Properties
             * @deprecated Use portcullis.v1.Posture.$Properties instead.
             */

            /**
             * Shape of a Posture.
             * @typedef {portcullis.v1.Posture.$Properties} portcullis.v1.Posture.$Shape
             */

            /**
             * Constructs a new Posture.
             * @memberof portcullis.v1
             * @classdesc Represents a Posture.
             * @constructor
             * @param {portcullis.v1.Posture.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Posture = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Posture category.
             * @member {portcullis.v1.Category} category
             * @memberof portcullis.v1.Posture
             * @instance
             */
            Posture.prototype.category = 0;

            /**
             * Posture mode.
             * @member {portcullis.v1.PostureMode} mode
             * @memberof portcullis.v1.Posture
             * @instance
             */
            Posture.prototype.mode = 0;

            /**
             * Encodes the specified Posture message. Does not implicitly {@link portcullis.v1.Posture.verify|verify} messages.
             * @function encode
             * @memberof portcullis.v1.Posture
             * @static
             * @param {portcullis.v1.Posture.$Properties} message Posture message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Posture.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.category != null && $Object.hasOwnProperty.call(message, "category") && message.category !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).int32(message.category);
                if (message.mode != null && $Object.hasOwnProperty.call(message, "mode") && message.mode !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).int32(message.mode);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Posture message from the specified reader or buffer.
             * @function decode
             * @memberof portcullis.v1.Posture
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {portcullis.v1.Posture & portcullis.v1.Posture.$Shape} Posture
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Posture.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.portcullis.v1.Posture();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.category = value;
                            else
                                delete message.category;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.mode = value;
                            else
                                delete message.mode;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Posture;
        })();

        v1.RuleSet = (function() {

            /**
             * Properties of a RuleSet.
             * @typedef {Object} portcullis.v1.RuleSet.$Properties
             * @property {Array.<portcullis.v1.PolicyRef.$Properties>|null} [policies] RuleSet policies
             * @property {Array.<portcullis.v1.Attributes.$Properties>|null} [attributes] RuleSet attributes
             * @property {Array.<portcullis.v1.Rule.$Properties>|null} [rules] RuleSet rules
             * @property {Array.<portcullis.v1.Posture.$Properties>|null} [posture] RuleSet posture
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a RuleSet.
             * @memberof portcullis.v1
             * @interface IRuleSet
             * @augments portcullis.v1.RuleSet.$Properties
             * @deprecated Use portcullis.v1.RuleSet.$Properties instead.
             */

            /**
             * Shape of a RuleSet.
             * @typedef {{
             *   policies?: Array.<portcullis.v1.PolicyRef.$Shape>|null;
             *   attributes?: Array.<portcullis.v1.Attributes.$Shape>|null;
             *   rules?: Array.<portcullis.v1.Rule.$Shape>|null;
             *   posture?: Array.<portcullis.v1.Posture.$Shape>|null;
             *   $unknowns?: Array.<Uint8Array>;
             * }} portcullis.v1.RuleSet.$Shape
             */

            /**
             * Constructs a new RuleSet.
             * @memberof portcullis.v1
             * @classdesc Represents a RuleSet.
             * @constructor
             * @param {portcullis.v1.RuleSet.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const RuleSet = function (properties) {
                this.policies = [];
                this.attributes = [];
                this.rules = [];
                this.posture = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * RuleSet policies.
             * @member {Array.<portcullis.v1.PolicyRef.$Properties>} policies
             * @memberof portcullis.v1.RuleSet
             * @instance
             */
            RuleSet.prototype.policies = $util.emptyArray;

            /**
             * RuleSet attributes.
             * @member {Array.<portcullis.v1.Attributes.$Properties>} attributes
             * @memberof portcullis.v1.RuleSet
             * @instance
             */
            RuleSet.prototype.attributes = $util.emptyArray;

            /**
             * RuleSet rules.
             * @member {Array.<portcullis.v1.Rule.$Properties>} rules
             * @memberof portcullis.v1.RuleSet
             * @instance
             */
            RuleSet.prototype.rules = $util.emptyArray;

            /**
             * RuleSet posture.
             * @member {Array.<portcullis.v1.Posture.$Properties>} posture
             * @memberof portcullis.v1.RuleSet
             * @instance
             */
            RuleSet.prototype.posture = $util.emptyArray;

            /**
             * Encodes the specified RuleSet message. Does not implicitly {@link portcullis.v1.RuleSet.verify|verify} messages.
             * @function encode
             * @memberof portcullis.v1.RuleSet
             * @static
             * @param {portcullis.v1.RuleSet.$Properties} message RuleSet message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            RuleSet.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.policies != null && message.policies.length)
                    for (let i = 0; i < message.policies.length; ++i)
                        $root.portcullis.v1.PolicyRef.encode(message.policies[i], writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                if (message.attributes != null && message.attributes.length)
                    for (let i = 0; i < message.attributes.length; ++i)
                        $root.portcullis.v1.Attributes.encode(message.attributes[i], writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                if (message.rules != null && message.rules.length)
                    for (let i = 0; i < message.rules.length; ++i)
                        $root.portcullis.v1.Rule.encode(message.rules[i], writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
                if (message.posture != null && message.posture.length)
                    for (let i = 0; i < message.posture.length; ++i)
                        $root.portcullis.v1.Posture.encode(message.posture[i], writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a RuleSet message from the specified reader or buffer.
             * @function decode
             * @memberof portcullis.v1.RuleSet
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {portcullis.v1.RuleSet & portcullis.v1.RuleSet.$Shape} RuleSet
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            RuleSet.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.portcullis.v1.RuleSet();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if (!(message.policies && message.policies.length))
                                message.policies = [];
                            message.policies.push($root.portcullis.v1.PolicyRef.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if (!(message.attributes && message.attributes.length))
                                message.attributes = [];
                            message.attributes.push($root.portcullis.v1.Attributes.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if (!(message.rules && message.rules.length))
                                message.rules = [];
                            message.rules.push($root.portcullis.v1.Rule.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if (!(message.posture && message.posture.length))
                                message.posture = [];
                            message.posture.push($root.portcullis.v1.Posture.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return RuleSet;
        })();

        v1.Owner = (function() {

            /**
             * Properties of an Owner.
             * @typedef {Object} portcullis.v1.Owner.$Properties
             * @property {string|null} [ref] Owner ref
             * @property {string|null} [name] Owner name
             * @property {string|null} [namespace] Owner namespace
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an Owner.
             * @memberof portcullis.v1
             * @interface IOwner
             * @augments portcullis.v1.Owner.$Properties
             * @deprecated Use portcullis.v1.Owner.$Properties instead.
             */

            /**
             * Shape of an Owner.
             * @typedef {portcullis.v1.Owner.$Properties} portcullis.v1.Owner.$Shape
             */

            /**
             * Constructs a new Owner.
             * @memberof portcullis.v1
             * @classdesc Represents an Owner.
             * @constructor
             * @param {portcullis.v1.Owner.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Owner = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Owner ref.
             * @member {string} ref
             * @memberof portcullis.v1.Owner
             * @instance
             */
            Owner.prototype.ref = "";

            /**
             * Owner name.
             * @member {string} name
             * @memberof portcullis.v1.Owner
             * @instance
             */
            Owner.prototype.name = "";

            /**
             * Owner namespace.
             * @member {string} namespace
             * @memberof portcullis.v1.Owner
             * @instance
             */
            Owner.prototype.namespace = "";

            /**
             * Encodes the specified Owner message. Does not implicitly {@link portcullis.v1.Owner.verify|verify} messages.
             * @function encode
             * @memberof portcullis.v1.Owner
             * @static
             * @param {portcullis.v1.Owner.$Properties} message Owner message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Owner.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.ref != null && $Object.hasOwnProperty.call(message, "ref") && message.ref !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.ref);
                if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.name);
                if (message.namespace != null && $Object.hasOwnProperty.call(message, "namespace") && message.namespace !== "")
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.namespace);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an Owner message from the specified reader or buffer.
             * @function decode
             * @memberof portcullis.v1.Owner
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {portcullis.v1.Owner & portcullis.v1.Owner.$Shape} Owner
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Owner.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.portcullis.v1.Owner();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.ref = value;
                            else
                                delete message.ref;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.name = value;
                            else
                                delete message.name;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.namespace = value;
                            else
                                delete message.namespace;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Owner;
        })();

        v1.BundleContainer = (function() {

            /**
             * Properties of a BundleContainer.
             * @typedef {Object} portcullis.v1.BundleContainer.$Properties
             * @property {string|null} [namespace] BundleContainer namespace
             * @property {string|null} [pod] BundleContainer pod
             * @property {string|null} [podUid] BundleContainer podUid
             * @property {string|null} [container] BundleContainer container
             * @property {string|null} [image] BundleContainer image
             * @property {Array.<portcullis.v1.Entry.$Properties>|null} [labels] BundleContainer labels
             * @property {portcullis.v1.Owner.$Properties|null} [owner] BundleContainer owner
             * @property {number|null} [ruleSet] BundleContainer ruleSet
             * @property {number|null} [visible] BundleContainer visible
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a BundleContainer.
             * @memberof portcullis.v1
             * @interface IBundleContainer
             * @augments portcullis.v1.BundleContainer.$Properties
             * @deprecated Use portcullis.v1.BundleContainer.$Properties instead.
             */

            /**
             * Shape of a BundleContainer.
             * @typedef {portcullis.v1.BundleContainer.$Properties} portcullis.v1.BundleContainer.$Shape
             */

            /**
             * Constructs a new BundleContainer.
             * @memberof portcullis.v1
             * @classdesc Represents a BundleContainer.
             * @constructor
             * @param {portcullis.v1.BundleContainer.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const BundleContainer = function (properties) {
                this.labels = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * BundleContainer namespace.
             * @member {string} namespace
             * @memberof portcullis.v1.BundleContainer
             * @instance
             */
            BundleContainer.prototype.namespace = "";

            /**
             * BundleContainer pod.
             * @member {string} pod
             * @memberof portcullis.v1.BundleContainer
             * @instance
             */
            BundleContainer.prototype.pod = "";

            /**
             * BundleContainer podUid.
             * @member {string} podUid
             * @memberof portcullis.v1.BundleContainer
             * @instance
             */
            BundleContainer.prototype.podUid = "";

            /**
             * BundleContainer container.
             * @member {string} container
             * @memberof portcullis.v1.BundleContainer
             * @instance
             */
            BundleContainer.prototype.container = "";

            /**
             * BundleContainer image.
             * @member {string} image
             * @memberof portcullis.v1.BundleContainer
             * @instance
             */
            BundleContainer.prototype.image = "";

            /**
             * BundleContainer labels.
             * @member {Array.<portcullis.v1.Entry.$Properties>} labels
             * @memberof portcullis.v1.BundleContainer
             * @instance
             */
            BundleContainer.prototype.labels = $util.emptyArray;

            /**
             * BundleContainer owner.
             * @member {portcullis.v1.Owner.$Properties|null|undefined} owner
             * @memberof portcullis.v1.BundleContainer
             * @instance
             */
            BundleContainer.prototype.owner = null;

            /**
             * BundleContainer ruleSet.
             * @member {number} ruleSet
             * @memberof portcullis.v1.BundleContainer
             * @instance
             */
            BundleContainer.prototype.ruleSet = 0;

            /**
             * BundleContainer visible.
             * @member {number} visible
             * @memberof portcullis.v1.BundleContainer
             * @instance
             */
            BundleContainer.prototype.visible = 0;

            /**
             * Encodes the specified BundleContainer message. Does not implicitly {@link portcullis.v1.BundleContainer.verify|verify} messages.
             * @function encode
             * @memberof portcullis.v1.BundleContainer
             * @static
             * @param {portcullis.v1.BundleContainer.$Properties} message BundleContainer message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            BundleContainer.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.namespace != null && $Object.hasOwnProperty.call(message, "namespace") && message.namespace !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.namespace);
                if (message.pod != null && $Object.hasOwnProperty.call(message, "pod") && message.pod !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.pod);
                if (message.podUid != null && $Object.hasOwnProperty.call(message, "podUid") && message.podUid !== "")
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.podUid);
                if (message.container != null && $Object.hasOwnProperty.call(message, "container") && message.container !== "")
                    writer.uint32(/* id 4, wireType 2 =*/34).string(message.container);
                if (message.image != null && $Object.hasOwnProperty.call(message, "image") && message.image !== "")
                    writer.uint32(/* id 5, wireType 2 =*/42).string(message.image);
                if (message.labels != null && message.labels.length)
                    for (let i = 0; i < message.labels.length; ++i)
                        $root.portcullis.v1.Entry.encode(message.labels[i], writer.uint32(/* id 6, wireType 2 =*/50).fork(), _depth + 1).ldelim();
                if (message.owner != null && $Object.hasOwnProperty.call(message, "owner"))
                    $root.portcullis.v1.Owner.encode(message.owner, writer.uint32(/* id 7, wireType 2 =*/58).fork(), _depth + 1).ldelim();
                if (message.ruleSet != null && $Object.hasOwnProperty.call(message, "ruleSet") && message.ruleSet !== 0)
                    writer.uint32(/* id 8, wireType 0 =*/64).uint32(message.ruleSet);
                if (message.visible != null && $Object.hasOwnProperty.call(message, "visible") && message.visible !== 0)
                    writer.uint32(/* id 9, wireType 0 =*/72).uint32(message.visible);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a BundleContainer message from the specified reader or buffer.
             * @function decode
             * @memberof portcullis.v1.BundleContainer
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {portcullis.v1.BundleContainer & portcullis.v1.BundleContainer.$Shape} BundleContainer
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            BundleContainer.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.portcullis.v1.BundleContainer();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.namespace = value;
                            else
                                delete message.namespace;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.pod = value;
                            else
                                delete message.pod;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.podUid = value;
                            else
                                delete message.podUid;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.container = value;
                            else
                                delete message.container;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.image = value;
                            else
                                delete message.image;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 2)
                                break;
                            if (!(message.labels && message.labels.length))
                                message.labels = [];
                            message.labels.push($root.portcullis.v1.Entry.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 7: {
                            if (wireType !== 2)
                                break;
                            message.owner = $root.portcullis.v1.Owner.decode(reader, reader.size(), $undefined, _depth + 1, message.owner);
                            continue;
                        }
                    case 8: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.ruleSet = value;
                            else
                                delete message.ruleSet;
                            continue;
                        }
                    case 9: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.visible = value;
                            else
                                delete message.visible;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return BundleContainer;
        })();

        v1.Bundle = (function() {

            /**
             * Properties of a Bundle.
             * @typedef {Object} portcullis.v1.Bundle.$Properties
             * @property {string|null} [cluster] Bundle cluster
             * @property {string|null} [node] Bundle node
             * @property {number|Long|null} [revision] Bundle revision
             * @property {Array.<portcullis.v1.BundleContainer.$Properties>|null} [containers] Bundle containers
             * @property {Array.<Uint8Array>|null} [ruleSets] Bundle ruleSets
             * @property {number|Long|null} [epoch] Bundle epoch
             * @property {number|null} [hostRuleSet] Bundle hostRuleSet
             * @property {number|null} [hostVisible] Bundle hostVisible
             * @property {boolean|null} [dropsProcessResources] Bundle dropsProcessResources
             * @property {number|null} [hostTried] Bundle hostTried
             * @property {portcullis.v1.Throttling.$Properties|null} [throttling] Bundle throttling
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Bundle.
             * @memberof portcullis.v1
             * @interface IBundle
             * @augments portcullis.v1.Bundle.$Properties
             * @deprecated Use portcullis.v1.Bundle.$Properties instead.
             */

            /**
             * Shape of a Bundle.
             * @typedef {portcullis.v1.Bundle.$Properties} portcullis.v1.Bundle.$Shape
             */

            /**
             * Constructs a new Bundle.
             * @memberof portcullis.v1
             * @classdesc Represents a Bundle.
             * @constructor
             * @param {portcullis.v1.Bundle.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Bundle = function (properties) {
                this.containers = [];
                this.ruleSets = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Bundle cluster.
             * @member {string} cluster
             * @memberof portcullis.v1.Bundle
             * @instance
             */
            Bundle.prototype.cluster = "";

            /**
             * Bundle node.
             * @member {string} node
             * @memberof portcullis.v1.Bundle
             * @instance
             */
            Bundle.prototype.node = "";

            /**
             * Bundle revision.
             * @member {number|Long} revision
             * @memberof portcullis.v1.Bundle
             * @instance
             */
            Bundle.prototype.revision = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Bundle containers.
             * @member {Array.<portcullis.v1.BundleContainer.$Properties>} containers
             * @memberof portcullis.v1.Bundle
             * @instance
             */
            Bundle.prototype.containers = $util.emptyArray;

            /**
             * Bundle ruleSets.
             * @member {Array.<Uint8Array>} ruleSets
             * @memberof portcullis.v1.Bundle
             * @instance
             */
            Bundle.prototype.ruleSets = $util.emptyArray;

            /**
             * Bundle epoch.
             * @member {number|Long} epoch
             * @memberof portcullis.v1.Bundle
             * @instance
             */
            Bundle.prototype.epoch = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Bundle hostRuleSet.
             * @member {number} hostRuleSet
             * @memberof portcullis.v1.Bundle
             * @instance
             */
            Bundle.prototype.hostRuleSet = 0;

            /**
             * Bundle hostVisible.
             * @member {number} hostVisible
             * @memberof portcullis.v1.Bundle
             * @instance
             */
            Bundle.prototype.hostVisible = 0;

            /**
             * Bundle dropsProcessResources.
             * @member {boolean} dropsProcessResources
             * @memberof portcullis.v1.Bundle
             * @instance
             */
            Bundle.prototype.dropsProcessResources = false;

            /**
             * Bundle hostTried.
             * @member {number} hostTried
             * @memberof portcullis.v1.Bundle
             * @instance
             */
            Bundle.prototype.hostTried = 0;

            /**
             * Bundle throttling.
             * @member {portcullis.v1.Throttling.$Properties|null|undefined} throttling
             * @memberof portcullis.v1.Bundle
             * @instance
             */
            Bundle.prototype.throttling = null;

            /**
             * Encodes the specified Bundle message. Does not implicitly {@link portcullis.v1.Bundle.verify|verify} messages.
             * @function encode
             * @memberof portcullis.v1.Bundle
             * @static
             * @param {portcullis.v1.Bundle.$Properties} message Bundle message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Bundle.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.cluster != null && $Object.hasOwnProperty.call(message, "cluster") && message.cluster !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.cluster);
                if (message.node != null && $Object.hasOwnProperty.call(message, "node") && message.node !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.node);
                if (message.revision != null && $Object.hasOwnProperty.call(message, "revision") && (typeof message.revision === "object" ? message.revision.low || message.revision.high : message.revision !== 0))
                    writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.revision);
                if (message.containers != null && message.containers.length)
                    for (let i = 0; i < message.containers.length; ++i)
                        $root.portcullis.v1.BundleContainer.encode(message.containers[i], writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
                if (message.ruleSets != null && message.ruleSets.length)
                    for (let i = 0; i < message.ruleSets.length; ++i)
                        writer.uint32(/* id 5, wireType 2 =*/42).bytes(message.ruleSets[i]);
                if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && (typeof message.epoch === "object" ? message.epoch.low || message.epoch.high : message.epoch !== 0))
                    writer.uint32(/* id 6, wireType 0 =*/48).uint64(message.epoch);
                if (message.hostRuleSet != null && $Object.hasOwnProperty.call(message, "hostRuleSet") && message.hostRuleSet !== 0)
                    writer.uint32(/* id 7, wireType 0 =*/56).uint32(message.hostRuleSet);
                if (message.hostVisible != null && $Object.hasOwnProperty.call(message, "hostVisible") && message.hostVisible !== 0)
                    writer.uint32(/* id 8, wireType 0 =*/64).uint32(message.hostVisible);
                if (message.dropsProcessResources != null && $Object.hasOwnProperty.call(message, "dropsProcessResources") && message.dropsProcessResources !== false)
                    writer.uint32(/* id 9, wireType 0 =*/72).bool(message.dropsProcessResources);
                if (message.hostTried != null && $Object.hasOwnProperty.call(message, "hostTried") && message.hostTried !== 0)
                    writer.uint32(/* id 10, wireType 0 =*/80).uint32(message.hostTried);
                if (message.throttling != null && $Object.hasOwnProperty.call(message, "throttling"))
                    $root.portcullis.v1.Throttling.encode(message.throttling, writer.uint32(/* id 11, wireType 2 =*/90).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Bundle message from the specified reader or buffer.
             * @function decode
             * @memberof portcullis.v1.Bundle
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {portcullis.v1.Bundle & portcullis.v1.Bundle.$Shape} Bundle
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Bundle.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.portcullis.v1.Bundle();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.cluster = value;
                            else
                                delete message.cluster;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.node = value;
                            else
                                delete message.node;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.revision = value;
                            else
                                delete message.revision;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if (!(message.containers && message.containers.length))
                                message.containers = [];
                            message.containers.push($root.portcullis.v1.BundleContainer.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            if (!(message.ruleSets && message.ruleSets.length))
                                message.ruleSets = [];
                            message.ruleSets.push(reader.bytes());
                            continue;
                        }
                    case 6: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.epoch = value;
                            else
                                delete message.epoch;
                            continue;
                        }
                    case 7: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.hostRuleSet = value;
                            else
                                delete message.hostRuleSet;
                            continue;
                        }
                    case 8: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.hostVisible = value;
                            else
                                delete message.hostVisible;
                            continue;
                        }
                    case 9: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.dropsProcessResources = value;
                            else
                                delete message.dropsProcessResources;
                            continue;
                        }
                    case 10: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.hostTried = value;
                            else
                                delete message.hostTried;
                            continue;
                        }
                    case 11: {
                            if (wireType !== 2)
                                break;
                            message.throttling = $root.portcullis.v1.Throttling.decode(reader, reader.size(), $undefined, _depth + 1, message.throttling);
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Bundle;
        })();

        v1.Throttling = (function() {

            /**
             * Properties of a Throttling.
             * @typedef {Object} portcullis.v1.Throttling.$Properties
             * @property {number|null} [alertsPerSecond] Throttling alertsPerSecond
             * @property {number|null} [seconds] Throttling seconds
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Throttling.
             * @memberof portcullis.v1
             * @interface IThrottling
             * @augments portcullis.v1.Throttling.$Properties
             * @deprecated Use portcullis.v1.Throttling.$Properties instead.
             */

            /**
             * Shape of a Throttling.
             * @typedef {portcullis.v1.Throttling.$Properties} portcullis.v1.Throttling.$Shape
             */

            /**
             * Constructs a new Throttling.
             * @memberof portcullis.v1
             * @classdesc Represents a Throttling.
             * @constructor
             * @param {portcullis.v1.Throttling.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Throttling = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Throttling alertsPerSecond.
             * @member {number} alertsPerSecond
             * @memberof portcullis.v1.Throttling
             * @instance
             */
            Throttling.prototype.alertsPerSecond = 0;

            /**
             * Throttling seconds.
             * @member {number} seconds
             * @memberof portcullis.v1.Throttling
             * @instance
             */
            Throttling.prototype.seconds = 0;

            /**
             * Encodes the specified Throttling message. Does not implicitly {@link portcullis.v1.Throttling.verify|verify} messages.
             * @function encode
             * @memberof portcullis.v1.Throttling
             * @static
             * @param {portcullis.v1.Throttling.$Properties} message Throttling message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Throttling.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.alertsPerSecond != null && $Object.hasOwnProperty.call(message, "alertsPerSecond") && message.alertsPerSecond !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.alertsPerSecond);
                if (message.seconds != null && $Object.hasOwnProperty.call(message, "seconds") && message.seconds !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.seconds);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Throttling message from the specified reader or buffer.
             * @function decode
             * @memberof portcullis.v1.Throttling
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {portcullis.v1.Throttling & portcullis.v1.Throttling.$Shape} Throttling
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Throttling.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.portcullis.v1.Throttling();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.alertsPerSecond = value;
                            else
                                delete message.alertsPerSecond;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.seconds = value;
                            else
                                delete message.seconds;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Throttling;
        })();

        v1.Unenforced = (function() {

            /**
             * Properties of an Unenforced.
             * @typedef {Object} portcullis.v1.Unenforced.$Properties
             * @property {portcullis.v1.PolicyRef.$Properties|null} [policy] Unenforced policy
             * @property {string|null} [origin] Unenforced origin
             * @property {string|null} [reason] Unenforced reason
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an Unenforced.
             * @memberof portcullis.v1
             * @interface IUnenforced
             * @augments portcullis.v1.Unenforced.$Properties
             * @deprecated Use portcullis.v1.Unenforced.$Properties instead.
             */

            /**
             * Shape of an Unenforced.
             * @typedef {portcullis.v1.Unenforced.$Properties} portcullis.v1.Unenforced.$Shape
             */

            /**
             * Constructs a new Unenforced.
             * @memberof portcullis.v1
             * @classdesc Represents an Unenforced.
             * @constructor
             * @param {portcullis.v1.Unenforced.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Unenforced = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Unenforced policy.
             * @member {portcullis.v1.PolicyRef.$Properties|null|undefined} policy
             * @memberof portcullis.v1.Unenforced
             * @instance
             */
            Unenforced.prototype.policy = null;

            /**
             * Unenforced origin.
             * @member {string} origin
             * @memberof portcullis.v1.Unenforced
             * @instance
             */
            Unenforced.prototype.origin = "";

            /**
             * Unenforced reason.
             * @member {string} reason
             * @memberof portcullis.v1.Unenforced
             * @instance
             */
            Unenforced.prototype.reason = "";

            /**
             * Encodes the specified Unenforced message. Does not implicitly {@link portcullis.v1.Unenforced.verify|verify} messages.
             * @function encode
             * @memberof portcullis.v1.Unenforced
             * @static
             * @param {portcullis.v1.Unenforced.$Properties} message Unenforced message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Unenforced.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.policy != null && $Object.hasOwnProperty.call(message, "policy"))
                    $root.portcullis.v1.PolicyRef.encode(message.policy, writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                if (message.origin != null && $Object.hasOwnProperty.call(message, "origin") && message.origin !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.origin);
                if (message.reason != null && $Object.hasOwnProperty.call(message, "reason") && message.reason !== "")
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.reason);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an Unenforced message from the specified reader or buffer.
             * @function decode
             * @memberof portcullis.v1.Unenforced
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {portcullis.v1.Unenforced & portcullis.v1.Unenforced.$Shape} Unenforced
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Unenforced.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.portcullis.v1.Unenforced();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            message.policy = $root.portcullis.v1.PolicyRef.decode(reader, reader.size(), $undefined, _depth + 1, message.policy);
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.origin = value;
                            else
                                delete message.origin;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.reason = value;
                            else
                                delete message.reason;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Unenforced;
        })();

        v1.Counter = (function() {

            /**
             * Properties of a Counter.
             * @typedef {Object} portcullis.v1.Counter.$Properties
             * @property {string|null} [name] Counter name
             * @property {number|null} [value] Counter value
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Counter.
             * @memberof portcullis.v1
             * @interface ICounter
             * @augments portcullis.v1.Counter.$Properties
             * @deprecated Use portcullis.v1.Counter.$Properties instead.
             */

            /**
             * Shape of a Counter.
             * @typedef {portcullis.v1.Counter.$Properties} portcullis.v1.Counter.$Shape
             */

            /**
             * Constructs a new Counter.
             * @memberof portcullis.v1
             * @classdesc Represents a Counter.
             * @constructor
             * @param {portcullis.v1.Counter.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Counter = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Counter name.
             * @member {string} name
             * @memberof portcullis.v1.Counter
             * @instance
             */
            Counter.prototype.name = "";

            /**
             * Counter value.
             * @member {number} value
             * @memberof portcullis.v1.Counter
             * @instance
             */
            Counter.prototype.value = 0;

            /**
             * Encodes the specified Counter message. Does not implicitly {@link portcullis.v1.Counter.verify|verify} messages.
             * @function encode
             * @memberof portcullis.v1.Counter
             * @static
             * @param {portcullis.v1.Counter.$Properties} message Counter message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Counter.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.name);
                if (message.value != null && $Object.hasOwnProperty.call(message, "value") && !$Object.is(message.value, 0))
                    writer.uint32(/* id 2, wireType 1 =*/17).double(message.value);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Counter message from the specified reader or buffer.
             * @function decode
             * @memberof portcullis.v1.Counter
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {portcullis.v1.Counter & portcullis.v1.Counter.$Shape} Counter
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Counter.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.portcullis.v1.Counter();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.name = value;
                            else
                                delete message.name;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.value = value;
                            else
                                delete message.value;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Counter;
        })();

        v1.NodeStatus = (function() {

            /**
             * Properties of a NodeStatus.
             * @typedef {Object} portcullis.v1.NodeStatus.$Properties
             * @property {string|null} [node] NodeStatus node
             * @property {string|null} [updatedAt] NodeStatus updatedAt
             * @property {string|null} [enforcerVersion] NodeStatus enforcerVersion
             * @property {string|null} [kernel] NodeStatus kernel
             * @property {boolean|null} [enforcing] NodeStatus enforcing
             * @property {Array.<string>|null} [problems] NodeStatus problems
             * @property {Array.<string>|null} [hooks] NodeStatus hooks
             * @property {number|Long|null} [appliedRevision] NodeStatus appliedRevision
             * @property {Array.<Uint8Array>|null} [boundRuleSets] NodeStatus boundRuleSets
             * @property {Array.<portcullis.v1.Unenforced.$Properties>|null} [unenforced] NodeStatus unenforced
             * @property {Array.<portcullis.v1.Counter.$Properties>|null} [counters] NodeStatus counters
             * @property {number|null} [slotsUsed] NodeStatus slotsUsed
             * @property {number|null} [slots] NodeStatus slots
             * @property {number|null} [unenforcedParts] NodeStatus unenforcedParts
             * @property {number|null} [unenforcedPolicies] NodeStatus unenforcedPolicies
             * @property {portcullis.v1.HeldBundle.$Properties|null} [held] NodeStatus held
             * @property {Array.<portcullis.v1.Waiting.$Properties>|null} [waiting] NodeStatus waiting
             * @property {number|null} [waitingPolicies] NodeStatus waitingPolicies
             * @property {string|null} [bundleProblem] NodeStatus bundleProblem
             * @property {Array.<portcullis.v1.Unenforced.$Properties>|null} [exempt] NodeStatus exempt
             * @property {Array.<portcullis.v1.PolicyNotices.$Properties>|null} [notices] NodeStatus notices
             * @property {boolean|null} [noticesCut] NodeStatus noticesCut
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a NodeStatus.
             * @memberof portcullis.v1
             * @interface INodeStatus
             * @augments portcullis.v1.NodeStatus.$Properties
             * @deprecated Use portcullis.v1.NodeStatus.$Properties instead.
             */

            /**
             * Shape of a NodeStatus.
             * @typedef {portcullis.v1.NodeStatus.$Properties} portcullis.v1.NodeStatus.$Shape
             */

            /**
             * Constructs a new NodeStatus.
             * @memberof portcullis.v1
             * @classdesc Represents a NodeStatus.
             * @constructor
             * @param {portcullis.v1.NodeStatus.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const NodeStatus = function (properties) {
                this.problems = [];
                this.hooks = [];
                this.boundRuleSets = [];
                this.unenforced = [];
                this.counters = [];
                this.waiting = [];
                this.exempt = [];
                this.notices = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * NodeStatus node.
             * @member {string} node
             * @memberof portcullis.v1.NodeStatus
             * @instance
             */
            NodeStatus.prototype.node = "";

            /**
             * NodeStatus updatedAt.
             * @member {string} updatedAt
             * @memberof portcullis.v1.NodeStatus
             * @instance
             */
            NodeStatus.prototype.updatedAt = "";

            /**
             * NodeStatus enforcerVersion.
             * @member {string} enforcerVersion
             * @memberof portcullis.v1.NodeStatus
             * @instance
             */
            NodeStatus.prototype.enforcerVersion = "";

            /**
             * NodeStatus kernel.
             * @member {string} kernel
             * @memberof portcullis.v1.NodeStatus
             * @instance
             */
            NodeStatus.prototype.kernel = "";

            /**
             * NodeStatus enforcing.
             * @member {boolean} enforcing
             * @memberof portcullis.v1.NodeStatus
             * @instance
             */
            NodeStatus.prototype.enforcing = false;

            /**
             * NodeStatus problems.
             * @member {Array.<string>} problems
             * @memberof portcullis.v1.NodeStatus
             * @instance
             */
            NodeStatus.prototype.problems = $util.emptyArray;

            /**
             * NodeStatus hooks.
             * @member {Array.<string>} hooks
             * @memberof portcullis.v1.NodeStatus
             * @instance
             */
            NodeStatus.prototype.hooks = $util.emptyArray;

            /**
             * NodeStatus appliedRevision.
             * @member {number|Long} appliedRevision
             * @memberof portcullis.v1.NodeStatus
             * @instance
             */
            NodeStatus.prototype.appliedRevision = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * NodeStatus boundRuleSets.
             * @member {Array.<Uint8Array>} boundRuleSets
             * @memberof portcullis.v1.NodeStatus
             * @instance
             */
            NodeStatus.prototype.boundRuleSets = $util.emptyArray;

            /**
             * NodeStatus unenforced.
             * @member {Array.<portcullis.v1.Unenforced.$Properties>} unenforced
             * @memberof portcullis.v1.NodeStatus
             * @instance
             */
            NodeStatus.prototype.unenforced = $util.emptyArray;

            /**
             * NodeStatus counters.
             * @member {Array.<portcullis.v1.Counter.$Properties>} counters
             * @memberof portcullis.v1.NodeStatus
             * @instance
             */
            NodeStatus.prototype.counters = $util.emptyArray;

            /**
             * NodeStatus slotsUsed.
             * @member {number} slotsUsed
             * @memberof portcullis.v1.NodeStatus
             * @instance
             */
            NodeStatus.prototype.slotsUsed = 0;

            /**
             * NodeStatus slots.
             * @member {number} slots
             * @memberof portcullis.v1.NodeStatus
             * @instance
             */
            NodeStatus.prototype.slots = 0;

            /**
             * NodeStatus unenforcedParts.
             * @member {number} unenforcedParts
             * @memberof portcullis.v1.NodeStatus
             * @instance
             */
            NodeStatus.prototype.unenforcedParts = 0;

            /**
             * NodeStatus unenforcedPolicies.
             * @member {number} unenforcedPolicies
             * @memberof portcullis.v1.NodeStatus
             * @instance
             */
            NodeStatus.prototype.unenforcedPolicies = 0;

            /**
             * NodeStatus held.
             * @member {portcullis.v1.HeldBundle.$Properties|null|undefined} held
             * @memberof portcullis.v1.NodeStatus
             * @instance
             */
            NodeStatus.prototype.held = null;

            /**
             * NodeStatus waiting.
             * @member {Array.<portcullis.v1.Waiting.$Properties>} waiting
             * @memberof portcullis.v1.NodeStatus
             * @instance
             */
            NodeStatus.prototype.waiting = $util.emptyArray;

            /**
             * NodeStatus waitingPolicies.
             * @member {number} waitingPolicies
             * @memberof portcullis.v1.NodeStatus
             * @instance
             */
            NodeStatus.prototype.waitingPolicies = 0;

            /**
             * NodeStatus bundleProblem.
             * @member {string} bundleProblem
             * @memberof portcullis.v1.NodeStatus
             * @instance
             */
            NodeStatus.prototype.bundleProblem = "";

            /**
             * NodeStatus exempt.
             * @member {Array.<portcullis.v1.Unenforced.$Properties>} exempt
             * @memberof portcullis.v1.NodeStatus
             * @instance
             */
            NodeStatus.prototype.exempt = $util.emptyArray;

            /**
             * NodeStatus notices.
             * @member {Array.<portcullis.v1.PolicyNotices.$Properties>} notices
             * @memberof portcullis.v1.NodeStatus
             * @instance
             */
            NodeStatus.prototype.notices = $util.emptyArray;

            /**
             * NodeStatus noticesCut.
             * @member {boolean} noticesCut
             * @memberof portcullis.v1.NodeStatus
             * @instance
             */
            NodeStatus.prototype.noticesCut = false;

            /**
             * Encodes the specified NodeStatus message. Does not implicitly {@link portcullis.v1.NodeStatus.verify|verify} messages.
             * @function encode
             * @memberof portcullis.v1.NodeStatus
             * @static
             * @param {portcullis.v1.NodeStatus.$Properties} message NodeStatus message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            NodeStatus.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.node != null && $Object.hasOwnProperty.call(message, "node") && message.node !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.node);
                if (message.updatedAt != null && $Object.hasOwnProperty.call(message, "updatedAt") && message.updatedAt !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.updatedAt);
                if (message.enforcerVersion != null && $Object.hasOwnProperty.call(message, "enforcerVersion") && message.enforcerVersion !== "")
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.enforcerVersion);
                if (message.kernel != null && $Object.hasOwnProperty.call(message, "kernel") && message.kernel !== "")
                    writer.uint32(/* id 4, wireType 2 =*/34).string(message.kernel);
                if (message.enforcing != null && $Object.hasOwnProperty.call(message, "enforcing") && message.enforcing !== false)
                    writer.uint32(/* id 5, wireType 0 =*/40).bool(message.enforcing);
                if (message.problems != null && message.problems.length)
                    for (let i = 0; i < message.problems.length; ++i)
                        writer.uint32(/* id 6, wireType 2 =*/50).string(message.problems[i]);
                if (message.hooks != null && message.hooks.length)
                    for (let i = 0; i < message.hooks.length; ++i)
                        writer.uint32(/* id 7, wireType 2 =*/58).string(message.hooks[i]);
                if (message.appliedRevision != null && $Object.hasOwnProperty.call(message, "appliedRevision") && (typeof message.appliedRevision === "object" ? message.appliedRevision.low || message.appliedRevision.high : message.appliedRevision !== 0))
                    writer.uint32(/* id 8, wireType 0 =*/64).uint64(message.appliedRevision);
                if (message.boundRuleSets != null && message.boundRuleSets.length)
                    for (let i = 0; i < message.boundRuleSets.length; ++i)
                        writer.uint32(/* id 9, wireType 2 =*/74).bytes(message.boundRuleSets[i]);
                if (message.unenforced != null && message.unenforced.length)
                    for (let i = 0; i < message.unenforced.length; ++i)
                        $root.portcullis.v1.Unenforced.encode(message.unenforced[i], writer.uint32(/* id 10, wireType 2 =*/82).fork(), _depth + 1).ldelim();
                if (message.counters != null && message.counters.length)
                    for (let i = 0; i < message.counters.length; ++i)
                        $root.portcullis.v1.Counter.encode(message.counters[i], writer.uint32(/* id 11, wireType 2 =*/90).fork(), _depth + 1).ldelim();
                if (message.slotsUsed != null && $Object.hasOwnProperty.call(message, "slotsUsed") && message.slotsUsed !== 0)
                    writer.uint32(/* id 12, wireType 0 =*/96).uint32(message.slotsUsed);
                if (message.slots != null && $Object.hasOwnProperty.call(message, "slots") && message.slots !== 0)
                    writer.uint32(/* id 13, wireType 0 =*/104).uint32(message.slots);
                if (message.unenforcedParts != null && $Object.hasOwnProperty.call(message, "unenforcedParts") && message.unenforcedParts !== 0)
                    writer.uint32(/* id 14, wireType 0 =*/112).uint32(message.unenforcedParts);
                if (message.unenforcedPolicies != null && $Object.hasOwnProperty.call(message, "unenforcedPolicies") && message.unenforcedPolicies !== 0)
                    writer.uint32(/* id 15, wireType 0 =*/120).uint32(message.unenforcedPolicies);
                if (message.held != null && $Object.hasOwnProperty.call(message, "held"))
                    $root.portcullis.v1.HeldBundle.encode(message.held, writer.uint32(/* id 16, wireType 2 =*/130).fork(), _depth + 1).ldelim();
                if (message.waiting != null && message.waiting.length)
                    for (let i = 0; i < message.waiting.length; ++i)
                        $root.portcullis.v1.Waiting.encode(message.waiting[i], writer.uint32(/* id 17, wireType 2 =*/138).fork(), _depth + 1).ldelim();
                if (message.waitingPolicies != null && $Object.hasOwnProperty.call(message, "waitingPolicies") && message.waitingPolicies !== 0)
                    writer.uint32(/* id 18, wireType 0 =*/144).uint32(message.waitingPolicies);
                if (message.bundleProblem != null && $Object.hasOwnProperty.call(message, "bundleProblem") && message.bundleProblem !== "")
                    writer.uint32(/* id 19, wireType 2 =*/154).string(message.bundleProblem);
                if (message.exempt != null && message.exempt.length)
                    for (let i = 0; i < message.exempt.length; ++i)
                        $root.portcullis.v1.Unenforced.encode(message.exempt[i], writer.uint32(/* id 20, wireType 2 =*/162).fork(), _depth + 1).ldelim();
                if (message.notices != null && message.notices.length)
                    for (let i = 0; i < message.notices.length; ++i)
                        $root.portcullis.v1.PolicyNotices.encode(message.notices[i], writer.uint32(/* id 21, wireType 2 =*/170).fork(), _depth + 1).ldelim();
                if (message.noticesCut != null && $Object.hasOwnProperty.call(message, "noticesCut") && message.noticesCut !== false)
                    writer.uint32(/* id 22, wireType 0 =*/176).bool(message.noticesCut);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a NodeStatus message from the specified reader or buffer.
             * @function decode
             * @memberof portcullis.v1.NodeStatus
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {portcullis.v1.NodeStatus & portcullis.v1.NodeStatus.$Shape} NodeStatus
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            NodeStatus.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.portcullis.v1.NodeStatus();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.node = value;
                            else
                                delete message.node;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.updatedAt = value;
                            else
                                delete message.updatedAt;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.enforcerVersion = value;
                            else
                                delete message.enforcerVersion;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.kernel = value;
                            else
                                delete message.kernel;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.enforcing = value;
                            else
                                delete message.enforcing;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 2)
                                break;
                            if (!(message.problems && message.problems.length))
                                message.problems = [];
                            message.problems.push(reader.stringVerify());
                            continue;
                        }
                    case 7: {
                            if (wireType !== 2)
                                break;
                            if (!(message.hooks && message.hooks.length))
                                message.hooks = [];
                            message.hooks.push(reader.stringVerify());
                            continue;
                        }
                    case 8: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.appliedRevision = value;
                            else
                                delete message.appliedRevision;
                            continue;
                        }
                    case 9: {
                            if (wireType !== 2)
                                break;
                            if (!(message.boundRuleSets && message.boundRuleSets.length))
                                message.boundRuleSets = [];
                            message.boundRuleSets.push(reader.bytes());
                            continue;
                        }
                    case 10: {
                            if (wireType !== 2)
                                break;
                            if (!(message.unenforced && message.unenforced.length))
                                message.unenforced = [];
                            message.unenforced.push($root.portcullis.v1.Unenforced.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 11: {
                            if (wireType !== 2)
                                break;
                            if (!(message.counters && message.counters.length))
                                message.counters = [];
                            message.counters.push($root.portcullis.v1.Counter.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 12: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.slotsUsed = value;
                            else
                                delete message.slotsUsed;
                            continue;
                        }
                    case 13: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.slots = value;
                            else
                                delete message.slots;
                            continue;
                        }
                    case 14: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.unenforcedParts = value;
                            else
                                delete message.unenforcedParts;
                            continue;
                        }
                    case 15: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.unenforcedPolicies = value;
                            else
                                delete message.unenforcedPolicies;
                            continue;
                        }
                    case 16: {
                            if (wireType !== 2)
                                break;
                            message.held = $root.portcullis.v1.HeldBundle.decode(reader, reader.size(), $undefined, _depth + 1, message.held);
                            continue;
                        }
                    case 17: {
                            if (wireType !== 2)
                                break;
                            if (!(message.waiting && message.waiting.length))
                                message.waiting = [];
                            message.waiting.push($root.portcullis.v1.Waiting.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 18: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.waitingPolicies = value;
                            else
                                delete message.waitingPolicies;
                            continue;
                        }
                    case 19: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.bundleProblem = value;
                            else
                                delete message.bundleProblem;
                            continue;
                        }
                    case 20: {
                            if (wireType !== 2)
                                break;
                            if (!(message.exempt && message.exempt.length))
                                message.exempt = [];
                            message.exempt.push($root.portcullis.v1.Unenforced.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 21: {
                            if (wireType !== 2)
                                break;
                            if (!(message.notices && message.notices.length))
                                message.notices = [];
                            message.notices.push($root.portcullis.v1.PolicyNotices.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 22: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.noticesCut = value;
                            else
                                delete message.noticesCut;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return NodeStatus;
        })();

        v1.PolicyNotices = (function() {

            /**
             * Properties of a PolicyNotices.
             * @typedef {Object} portcullis.v1.PolicyNotices.$Properties
             * @property {portcullis.v1.PolicyRef.$Properties|null} [policy] PolicyNotices policy
             * @property {Array.<portcullis.v1.NoticedName.$Properties>|null} [namesNothing] PolicyNotices namesNothing
             * @property {Array.<portcullis.v1.NoticedName.$Properties>|null} [unprotectedSources] PolicyNotices unprotectedSources
             * @property {boolean|null} [cut] PolicyNotices cut
             * @property {boolean|null} [pending] PolicyNotices pending
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a PolicyNotices.
             * @memberof portcullis.v1
             * @interface IPolicyNotices
             * @augments portcullis.v1.PolicyNotices.$Properties
             * @deprecated Use portcullis.v1.PolicyNotices.$Properties instead.
             */

            /**
             * Shape of a PolicyNotices.
             * @typedef {portcullis.v1.PolicyNotices.$Properties} portcullis.v1.PolicyNotices.$Shape
             */

            /**
             * Constructs a new PolicyNotices.
             * @memberof portcullis.v1
             * @classdesc Represents a PolicyNotices.
             * @constructor
             * @param {portcullis.v1.PolicyNotices.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const PolicyNotices = function (properties) {
                this.namesNothing = [];
                this.unprotectedSources = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * PolicyNotices policy.
             * @member {portcullis.v1.PolicyRef.$Properties|null|undefined} policy
             * @memberof portcullis.v1.PolicyNotices
             * @instance
             */
            PolicyNotices.prototype.policy = null;

            /**
             * PolicyNotices namesNothing.
             * @member {Array.<portcullis.v1.NoticedName.$Properties>} namesNothing
             * @memberof portcullis.v1.PolicyNotices
             * @instance
             */
            PolicyNotices.prototype.namesNothing = $util.emptyArray;

            /**
             * PolicyNotices unprotectedSources.
             * @member {Array.<portcullis.v1.NoticedName.$Properties>} unprotectedSources
             * @memberof portcullis.v1.PolicyNotices
             * @instance
             */
            PolicyNotices.prototype.unprotectedSources = $util.emptyArray;

            /**
             * PolicyNotices cut.
             * @member {boolean} cut
             * @memberof portcullis.v1.PolicyNotices
             * @instance
             */
            PolicyNotices.prototype.cut = false;

            /**
             * PolicyNotices pending.
             * @member {boolean} pending
             * @memberof portcullis.v1.PolicyNotices
             * @instance
             */
            PolicyNotices.prototype.pending = false;

            /**
             * Encodes the specified PolicyNotices message. Does not implicitly {@link portcullis.v1.PolicyNotices.verify|verify} messages.
             * @function encode
             * @memberof portcullis.v1.PolicyNotices
             * @static
             * @param {portcullis.v1.PolicyNotices.$Properties} message PolicyNotices message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            PolicyNotices.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.policy != null && $Object.hasOwnProperty.call(message, "policy"))
                    $root.portcullis.v1.PolicyRef.encode(message.policy, writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                if (message.namesNothing != null && message.namesNothing.length)
                    for (let i = 0; i < message.namesNothing.length; ++i)
                        $root.portcullis.v1.NoticedName.encode(message.namesNothing[i], writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                if (message.unprotectedSources != null && message.unprotectedSources.length)
                    for (let i = 0; i < message.unprotectedSources.length; ++i)
                        $root.portcullis.v1.NoticedName.encode(message.unprotectedSources[i], writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
                if (message.cut != null && $Object.hasOwnProperty.call(message, "cut") && message.cut !== false)
                    writer.uint32(/* id 4, wireType 0 =*/32).bool(message.cut);
                if (message.pending != null && $Object.hasOwnProperty.call(message, "pending") && message.pending !== false)
                    writer.uint32(/* id 5, wireType 0 =*/40).bool(message.pending);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a PolicyNotices message from the specified reader or buffer.
             * @function decode
             * @memberof portcullis.v1.PolicyNotices
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {portcullis.v1.PolicyNotices & portcullis.v1.PolicyNotices.$Shape} PolicyNotices
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            PolicyNotices.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.portcullis.v1.PolicyNotices();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            message.policy = $root.portcullis.v1.PolicyRef.decode(reader, reader.size(), $undefined, _depth + 1, message.policy);
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if (!(message.namesNothing && message.namesNothing.length))
                                message.namesNothing = [];
                            message.namesNothing.push($root.portcullis.v1.NoticedName.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if (!(message.unprotectedSources && message.unprotectedSources.length))
                                message.unprotectedSources = [];
                            message.unprotectedSources.push($root.portcullis.v1.NoticedName.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.cut = value;
                            else
                                delete message.cut;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.pending = value;
                            else
                                delete message.pending;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return PolicyNotices;
        })();

        v1.NoticedName = (function() {

            /**
             * Properties of a NoticedName.
             * @typedef {Object} portcullis.v1.NoticedName.$Properties
             * @property {string|null} [origin] NoticedName origin
             * @property {string|null} [name] NoticedName name
             * @property {string|null} [why] NoticedName why
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a NoticedName.
             * @memberof portcullis.v1
             * @interface INoticedName
             * @augments portcullis.v1.NoticedName.$Properties
             * @deprecated Use portcullis.v1.NoticedName.$Properties instead.
             */

            /**
             * Shape of a NoticedName.
             * @typedef {portcullis.v1.NoticedName.$Properties} portcullis.v1.NoticedName.$Shape
             */

            /**
             * Constructs a new NoticedName.
             * @memberof portcullis.v1
             * @classdesc Represents a NoticedName.
             * @constructor
             * @param {portcullis.v1.NoticedName.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const NoticedName = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * NoticedName origin.
             * @member {string} origin
             * @memberof portcullis.v1.NoticedName
             * @instance
             */
            NoticedName.prototype.origin = "";

            /**
             * NoticedName name.
             * @member {string} name
             * @memberof portcullis.v1.NoticedName
             * @instance
             */
            NoticedName.prototype.name = "";

            /**
             * NoticedName why.
             * @member {string} why
             * @memberof portcullis.v1.NoticedName
             * @instance
             */
            NoticedName.prototype.why = "";

            /**
             * Encodes the specified NoticedName message. Does not implicitly {@link portcullis.v1.NoticedName.verify|verify} messages.
             * @function encode
             * @memberof portcullis.v1.NoticedName
             * @static
             * @param {portcullis.v1.NoticedName.$Properties} message NoticedName message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            NoticedName.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.origin != null && $Object.hasOwnProperty.call(message, "origin") && message.origin !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.origin);
                if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.name);
                if (message.why != null && $Object.hasOwnProperty.call(message, "why") && message.why !== "")
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.why);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a NoticedName message from the specified reader or buffer.
             * @function decode
             * @memberof portcullis.v1.NoticedName
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {portcullis.v1.NoticedName & portcullis.v1.NoticedName.$Shape} NoticedName
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            NoticedName.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.portcullis.v1.NoticedName();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.origin = value;
                            else
                                delete message.origin;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.name = value;
                            else
                                delete message.name;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.why = value;
                            else
                                delete message.why;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return NoticedName;
        })();

        v1.HeldBundle = (function() {

            /**
             * Properties of a HeldBundle.
             * @typedef {Object} portcullis.v1.HeldBundle.$Properties
             * @property {number|Long|null} [epoch] HeldBundle epoch
             * @property {number|Long|null} [revision] HeldBundle revision
             * @property {Uint8Array|null} [digest] HeldBundle digest
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a HeldBundle.
             * @memberof portcullis.v1
             * @interface IHeldBundle
             * @augments portcullis.v1.HeldBundle.$Properties
             * @deprecated Use portcullis.v1.HeldBundle.$Properties instead.
             */

            /**
             * Shape of a HeldBundle.
             * @typedef {portcullis.v1.HeldBundle.$Properties} portcullis.v1.HeldBundle.$Shape
             */

            /**
             * Constructs a new HeldBundle.
             * @memberof portcullis.v1
             * @classdesc Represents a HeldBundle.
             * @constructor
             * @param {portcullis.v1.HeldBundle.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const HeldBundle = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * HeldBundle epoch.
             * @member {number|Long} epoch
             * @memberof portcullis.v1.HeldBundle
             * @instance
             */
            HeldBundle.prototype.epoch = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * HeldBundle revision.
             * @member {number|Long} revision
             * @memberof portcullis.v1.HeldBundle
             * @instance
             */
            HeldBundle.prototype.revision = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * HeldBundle digest.
             * @member {Uint8Array} digest
             * @memberof portcullis.v1.HeldBundle
             * @instance
             */
            HeldBundle.prototype.digest = $util.newBuffer([]);

            /**
             * Encodes the specified HeldBundle message. Does not implicitly {@link portcullis.v1.HeldBundle.verify|verify} messages.
             * @function encode
             * @memberof portcullis.v1.HeldBundle
             * @static
             * @param {portcullis.v1.HeldBundle.$Properties} message HeldBundle message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            HeldBundle.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.epoch != null && $Object.hasOwnProperty.call(message, "epoch") && (typeof message.epoch === "object" ? message.epoch.low || message.epoch.high : message.epoch !== 0))
                    writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.epoch);
                if (message.revision != null && $Object.hasOwnProperty.call(message, "revision") && (typeof message.revision === "object" ? message.revision.low || message.revision.high : message.revision !== 0))
                    writer.uint32(/* id 2, wireType 0 =*/16).uint64(message.revision);
                if (message.digest != null && $Object.hasOwnProperty.call(message, "digest") && message.digest.length)
                    writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.digest);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a HeldBundle message from the specified reader or buffer.
             * @function decode
             * @memberof portcullis.v1.HeldBundle
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {portcullis.v1.HeldBundle & portcullis.v1.HeldBundle.$Shape} HeldBundle
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            HeldBundle.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.portcullis.v1.HeldBundle();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.epoch = value;
                            else
                                delete message.epoch;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.revision = value;
                            else
                                delete message.revision;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.digest = value;
                            else
                                delete message.digest;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return HeldBundle;
        })();

        v1.Waiting = (function() {

            /**
             * Properties of a Waiting.
             * @typedef {Object} portcullis.v1.Waiting.$Properties
             * @property {portcullis.v1.PolicyRef.$Properties|null} [policy] Waiting policy
             * @property {string|null} [reason] Waiting reason
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Waiting.
             * @memberof portcullis.v1
             * @interface IWaiting
             * @augments portcullis.v1.Waiting.$Properties
             * @deprecated Use portcullis.v1.Waiting.$Properties instead.
             */

            /**
             * Shape of a Waiting.
             * @typedef {portcullis.v1.Waiting.$Properties} portcullis.v1.Waiting.$Shape
             */

            /**
             * Constructs a new Waiting.
             * @memberof portcullis.v1
             * @classdesc Represents a Waiting.
             * @constructor
             * @param {portcullis.v1.Waiting.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Waiting = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Waiting policy.
             * @member {portcullis.v1.PolicyRef.$Properties|null|undefined} policy
             * @memberof portcullis.v1.Waiting
             * @instance
             */
            Waiting.prototype.policy = null;

            /**
             * Waiting reason.
             * @member {string} reason
             * @memberof portcullis.v1.Waiting
             * @instance
             */
            Waiting.prototype.reason = "";

            /**
             * Encodes the specified Waiting message. Does not implicitly {@link portcullis.v1.Waiting.verify|verify} messages.
             * @function encode
             * @memberof portcullis.v1.Waiting
             * @static
             * @param {portcullis.v1.Waiting.$Properties} message Waiting message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Waiting.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.policy != null && $Object.hasOwnProperty.call(message, "policy"))
                    $root.portcullis.v1.PolicyRef.encode(message.policy, writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                if (message.reason != null && $Object.hasOwnProperty.call(message, "reason") && message.reason !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.reason);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Waiting message from the specified reader or buffer.
             * @function decode
             * @memberof portcullis.v1.Waiting
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {portcullis.v1.Waiting & portcullis.v1.Waiting.$Shape} Waiting
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Waiting.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.portcullis.v1.Waiting();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            message.policy = $root.portcullis.v1.PolicyRef.decode(reader, reader.size(), $undefined, _depth + 1, message.policy);
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.reason = value;
                            else
                                delete message.reason;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Waiting;
        })();

        v1.ExecEvent = (function() {

            /**
             * Properties of an ExecEvent.
             * @typedef {Object} portcullis.v1.ExecEvent.$Properties
             * @property {string|null} [execId] ExecEvent execId
             * @property {string|null} [executableName] ExecEvent executableName
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an ExecEvent.
             * @memberof portcullis.v1
             * @interface IExecEvent
             * @augments portcullis.v1.ExecEvent.$Properties
             * @deprecated Use portcullis.v1.ExecEvent.$Properties instead.
             */

            /**
             * Shape of an ExecEvent.
             * @typedef {portcullis.v1.ExecEvent.$Properties} portcullis.v1.ExecEvent.$Shape
             */

            /**
             * Constructs a new ExecEvent.
             * @memberof portcullis.v1
             * @classdesc Represents an ExecEvent.
             * @constructor
             * @param {portcullis.v1.ExecEvent.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const ExecEvent = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * ExecEvent execId.
             * @member {string} execId
             * @memberof portcullis.v1.ExecEvent
             * @instance
             */
            ExecEvent.prototype.execId = "";

            /**
             * ExecEvent executableName.
             * @member {string} executableName
             * @memberof portcullis.v1.ExecEvent
             * @instance
             */
            ExecEvent.prototype.executableName = "";

            /**
             * Encodes the specified ExecEvent message. Does not implicitly {@link portcullis.v1.ExecEvent.verify|verify} messages.
             * @function encode
             * @memberof portcullis.v1.ExecEvent
             * @static
             * @param {portcullis.v1.ExecEvent.$Properties} message ExecEvent message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            ExecEvent.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.execId != null && $Object.hasOwnProperty.call(message, "execId") && message.execId !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.execId);
                if (message.executableName != null && $Object.hasOwnProperty.call(message, "executableName") && message.executableName !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.executableName);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an ExecEvent message from the specified reader or buffer.
             * @function decode
             * @memberof portcullis.v1.ExecEvent
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {portcullis.v1.ExecEvent & portcullis.v1.ExecEvent.$Shape} ExecEvent
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            ExecEvent.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.portcullis.v1.ExecEvent();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.execId = value;
                            else
                                delete message.execId;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.executableName = value;
                            else
                                delete message.executableName;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return ExecEvent;
        })();

        /**
         * AlertType enum.
         * @name portcullis.v1.AlertType
         * @enum {number}
         * @property {number} ALERT_TYPE_UNSPECIFIED=0 ALERT_TYPE_UNSPECIFIED value
         * @property {number} ALERT_TYPE_MATCHED_POLICY=1 ALERT_TYPE_MATCHED_POLICY value
         * @property {number} ALERT_TYPE_MATCHED_HOST_POLICY=2 ALERT_TYPE_MATCHED_HOST_POLICY value
         * @property {number} ALERT_TYPE_CONTAINER_LOG=3 ALERT_TYPE_CONTAINER_LOG value
         * @property {number} ALERT_TYPE_HOST_LOG=4 ALERT_TYPE_HOST_LOG value
         * @property {number} ALERT_TYPE_SYSTEM_EVENT=5 ALERT_TYPE_SYSTEM_EVENT value
         */
        v1.AlertType = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "ALERT_TYPE_UNSPECIFIED"] = 0;
            values[valuesById[1] = "ALERT_TYPE_MATCHED_POLICY"] = 1;
            values[valuesById[2] = "ALERT_TYPE_MATCHED_HOST_POLICY"] = 2;
            values[valuesById[3] = "ALERT_TYPE_CONTAINER_LOG"] = 3;
            values[valuesById[4] = "ALERT_TYPE_HOST_LOG"] = 4;
            values[valuesById[5] = "ALERT_TYPE_SYSTEM_EVENT"] = 5;
            return values;
        })();

        /**
         * Operation enum.
         * @name portcullis.v1.Operation
         * @enum {number}
         * @property {number} OPERATION_UNSPECIFIED=0 OPERATION_UNSPECIFIED value
         * @property {number} OPERATION_PROCESS=1 OPERATION_PROCESS value
         * @property {number} OPERATION_FILE=2 OPERATION_FILE value
         * @property {number} OPERATION_NETWORK=3 OPERATION_NETWORK value
         * @property {number} OPERATION_CAPABILITIES=4 OPERATION_CAPABILITIES value
         * @property {number} OPERATION_SYSCALL=5 OPERATION_SYSCALL value
         * @property {number} OPERATION_ALERT_THRESHOLD=6 OPERATION_ALERT_THRESHOLD value
         */
        v1.Operation = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "OPERATION_UNSPECIFIED"] = 0;
            values[valuesById[1] = "OPERATION_PROCESS"] = 1;
            values[valuesById[2] = "OPERATION_FILE"] = 2;
            values[valuesById[3] = "OPERATION_NETWORK"] = 3;
            values[valuesById[4] = "OPERATION_CAPABILITIES"] = 4;
            values[valuesById[5] = "OPERATION_SYSCALL"] = 5;
            values[valuesById[6] = "OPERATION_ALERT_THRESHOLD"] = 6;
            return values;
        })();

        /**
         * Enforcer enum.
         * @name portcullis.v1.Enforcer
         * @enum {number}
         * @property {number} ENFORCER_UNSPECIFIED=0 ENFORCER_UNSPECIFIED value
         * @property {number} ENFORCER_BPFLSM=1 ENFORCER_BPFLSM value
         */
        v1.Enforcer = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "ENFORCER_UNSPECIFIED"] = 0;
            values[valuesById[1] = "ENFORCER_BPFLSM"] = 1;
            return values;
        })();

        /**
         * Result enum.
         * @name portcullis.v1.Result
         * @enum {number}
         * @property {number} RESULT_UNSPECIFIED=0 RESULT_UNSPECIFIED value
         * @property {number} RESULT_PASSED=1 RESULT_PASSED value
         * @property {number} RESULT_PERMISSION_DENIED=2 RESULT_PERMISSION_DENIED value
         * @property {number} RESULT_OPERATION_NOT_PERMITTED=3 RESULT_OPERATION_NOT_PERMITTED value
         * @property {number} RESULT_FAILED=4 RESULT_FAILED value
         */
        v1.Result = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "RESULT_UNSPECIFIED"] = 0;
            values[valuesById[1] = "RESULT_PASSED"] = 1;
            values[valuesById[2] = "RESULT_PERMISSION_DENIED"] = 2;
            values[valuesById[3] = "RESULT_OPERATION_NOT_PERMITTED"] = 3;
            values[valuesById[4] = "RESULT_FAILED"] = 4;
            return values;
        })();

        v1.Alert = (function() {

            /**
             * Properties of an Alert.
             * @typedef {Object} portcullis.v1.Alert.$Properties
             * @property {string|null} [clusterName] Alert clusterName
             * @property {string|null} [hostName] Alert hostName
             * @property {string|null} [namespaceName] Alert namespaceName
             * @property {string|null} [podName] Alert podName
             * @property {Array.<portcullis.v1.Entry.$Properties>|null} [labels] Alert labels
             * @property {portcullis.v1.Owner.$Properties|null} [owner] Alert owner
             * @property {string|null} [containerId] Alert containerId
             * @property {string|null} [containerName] Alert containerName
             * @property {string|null} [containerImage] Alert containerImage
             * @property {number|null} [hostPpid] Alert hostPpid
             * @property {number|null} [hostPid] Alert hostPid
             * @property {number|null} [ppid] Alert ppid
             * @property {number|null} [pid] Alert pid
             * @property {number|null} [uid] Alert uid
             * @property {string|null} [parentProcessName] Alert parentProcessName
             * @property {string|null} [processName] Alert processName
             * @property {string|null} [policyName] Alert policyName
             * @property {string|null} [severity] Alert severity
             * @property {Array.<string>|null} [tags] Alert tags
             * @property {string|null} [message] Alert message
             * @property {string|null} [source] Alert source
             * @property {string|null} [resource] Alert resource
             * @property {string|null} [data] Alert data
             * @property {Array.<portcullis.v1.Entry.$Properties>|null} [eventData] Alert eventData
             * @property {string|null} [cwd] Alert cwd
             * @property {string|null} [tty] Alert tty
             * @property {string|null} [nodeId] Alert nodeId
             * @property {portcullis.v1.ExecEvent.$Properties|null} [execEvent] Alert execEvent
             * @property {number|Long|null} [count] Alert count
             * @property {number|Long|null} [firstTimestampNs] Alert firstTimestampNs
             * @property {string|null} [error] Alert error
             * @property {portcullis.v1.Throttling.$Properties|null} [threshold] Alert threshold
             * @property {portcullis.v1.PolicyRef.$Properties|null} [policy] Alert policy
             * @property {string|null} [origin] Alert origin
             * @property {number|Long|null} [timestampNs] Alert timestampNs
             * @property {string|null} [id] Alert id
             * @property {portcullis.v1.AlertType|null} [type] Alert type
             * @property {portcullis.v1.Operation|null} [operation] Alert operation
             * @property {portcullis.v1.Action|null} [action] Alert action
             * @property {portcullis.v1.Enforcer|null} [enforcer] Alert enforcer
             * @property {portcullis.v1.Result|null} [result] Alert result
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an Alert.
             * @memberof portcullis.v1
             * @interface IAlert
             * @augments portcullis.v1.Alert.$Properties
             * @deprecated Use portcullis.v1.Alert.$Properties instead.
             */

            /**
             * Shape of an Alert.
             * @typedef {portcullis.v1.Alert.$Properties} portcullis.v1.Alert.$Shape
             */

            /**
             * Constructs a new Alert.
             * @memberof portcullis.v1
             * @classdesc Represents an Alert.
             * @constructor
             * @param {portcullis.v1.Alert.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Alert = function (properties) {
                this.labels = [];
                this.tags = [];
                this.eventData = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Alert clusterName.
             * @member {string} clusterName
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.clusterName = "";

            /**
             * Alert hostName.
             * @member {string} hostName
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.hostName = "";

            /**
             * Alert namespaceName.
             * @member {string} namespaceName
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.namespaceName = "";

            /**
             * Alert podName.
             * @member {string} podName
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.podName = "";

            /**
             * Alert labels.
             * @member {Array.<portcullis.v1.Entry.$Properties>} labels
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.labels = $util.emptyArray;

            /**
             * Alert owner.
             * @member {portcullis.v1.Owner.$Properties|null|undefined} owner
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.owner = null;

            /**
             * Alert containerId.
             * @member {string} containerId
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.containerId = "";

            /**
             * Alert containerName.
             * @member {string} containerName
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.containerName = "";

            /**
             * Alert containerImage.
             * @member {string} containerImage
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.containerImage = "";

            /**
             * Alert hostPpid.
             * @member {number} hostPpid
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.hostPpid = 0;

            /**
             * Alert hostPid.
             * @member {number} hostPid
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.hostPid = 0;

            /**
             * Alert ppid.
             * @member {number} ppid
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.ppid = 0;

            /**
             * Alert pid.
             * @member {number} pid
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.pid = 0;

            /**
             * Alert uid.
             * @member {number} uid
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.uid = 0;

            /**
             * Alert parentProcessName.
             * @member {string} parentProcessName
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.parentProcessName = "";

            /**
             * Alert processName.
             * @member {string} processName
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.processName = "";

            /**
             * Alert policyName.
             * @member {string} policyName
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.policyName = "";

            /**
             * Alert severity.
             * @member {string|null|undefined} severity
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.severity = null;

            /**
             * Alert tags.
             * @member {Array.<string>} tags
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.tags = $util.emptyArray;

            /**
             * Alert message.
             * @member {string} message
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.message = "";

            /**
             * Alert source.
             * @member {string} source
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.source = "";

            /**
             * Alert resource.
             * @member {string} resource
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.resource = "";

            /**
             * Alert data.
             * @member {string} data
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.data = "";

            /**
             * Alert eventData.
             * @member {Array.<portcullis.v1.Entry.$Properties>} eventData
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.eventData = $util.emptyArray;

            /**
             * Alert cwd.
             * @member {string} cwd
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.cwd = "";

            /**
             * Alert tty.
             * @member {string} tty
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.tty = "";

            /**
             * Alert nodeId.
             * @member {string} nodeId
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.nodeId = "";

            /**
             * Alert execEvent.
             * @member {portcullis.v1.ExecEvent.$Properties|null|undefined} execEvent
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.execEvent = null;

            /**
             * Alert count.
             * @member {number|Long} count
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.count = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Alert firstTimestampNs.
             * @member {number|Long} firstTimestampNs
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.firstTimestampNs = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Alert error.
             * @member {string} error
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.error = "";

            /**
             * Alert threshold.
             * @member {portcullis.v1.Throttling.$Properties|null|undefined} threshold
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.threshold = null;

            /**
             * Alert policy.
             * @member {portcullis.v1.PolicyRef.$Properties|null|undefined} policy
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.policy = null;

            /**
             * Alert origin.
             * @member {string} origin
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.origin = "";

            /**
             * Alert timestampNs.
             * @member {number|Long} timestampNs
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.timestampNs = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Alert id.
             * @member {string} id
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.id = "";

            /**
             * Alert type.
             * @member {portcullis.v1.AlertType} type
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.type = 0;

            /**
             * Alert operation.
             * @member {portcullis.v1.Operation} operation
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.operation = 0;

            /**
             * Alert action.
             * @member {portcullis.v1.Action} action
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.action = 0;

            /**
             * Alert enforcer.
             * @member {portcullis.v1.Enforcer} enforcer
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.enforcer = 0;

            /**
             * Alert result.
             * @member {portcullis.v1.Result} result
             * @memberof portcullis.v1.Alert
             * @instance
             */
            Alert.prototype.result = 0;

            // OneOf field names bound to virtual getters and setters
            let $oneOfFields;

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(Alert.prototype, "_severity", {
                get: $util.oneOfGetter($oneOfFields = ["severity"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            /**
             * Encodes the specified Alert message. Does not implicitly {@link portcullis.v1.Alert.verify|verify} messages.
             * @function encode
             * @memberof portcullis.v1.Alert
             * @static
             * @param {portcullis.v1.Alert.$Properties} message Alert message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Alert.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.clusterName != null && $Object.hasOwnProperty.call(message, "clusterName") && message.clusterName !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.clusterName);
                if (message.hostName != null && $Object.hasOwnProperty.call(message, "hostName") && message.hostName !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.hostName);
                if (message.namespaceName != null && $Object.hasOwnProperty.call(message, "namespaceName") && message.namespaceName !== "")
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.namespaceName);
                if (message.podName != null && $Object.hasOwnProperty.call(message, "podName") && message.podName !== "")
                    writer.uint32(/* id 4, wireType 2 =*/34).string(message.podName);
                if (message.labels != null && message.labels.length)
                    for (let i = 0; i < message.labels.length; ++i)
                        $root.portcullis.v1.Entry.encode(message.labels[i], writer.uint32(/* id 5, wireType 2 =*/42).fork(), _depth + 1).ldelim();
                if (message.owner != null && $Object.hasOwnProperty.call(message, "owner"))
                    $root.portcullis.v1.Owner.encode(message.owner, writer.uint32(/* id 6, wireType 2 =*/50).fork(), _depth + 1).ldelim();
                if (message.containerId != null && $Object.hasOwnProperty.call(message, "containerId") && message.containerId !== "")
                    writer.uint32(/* id 7, wireType 2 =*/58).string(message.containerId);
                if (message.containerName != null && $Object.hasOwnProperty.call(message, "containerName") && message.containerName !== "")
                    writer.uint32(/* id 8, wireType 2 =*/66).string(message.containerName);
                if (message.containerImage != null && $Object.hasOwnProperty.call(message, "containerImage") && message.containerImage !== "")
                    writer.uint32(/* id 9, wireType 2 =*/74).string(message.containerImage);
                if (message.hostPpid != null && $Object.hasOwnProperty.call(message, "hostPpid") && message.hostPpid !== 0)
                    writer.uint32(/* id 10, wireType 0 =*/80).uint32(message.hostPpid);
                if (message.hostPid != null && $Object.hasOwnProperty.call(message, "hostPid") && message.hostPid !== 0)
                    writer.uint32(/* id 11, wireType 0 =*/88).uint32(message.hostPid);
                if (message.ppid != null && $Object.hasOwnProperty.call(message, "ppid") && message.ppid !== 0)
                    writer.uint32(/* id 12, wireType 0 =*/96).uint32(message.ppid);
                if (message.pid != null && $Object.hasOwnProperty.call(message, "pid") && message.pid !== 0)
                    writer.uint32(/* id 13, wireType 0 =*/104).uint32(message.pid);
                if (message.uid != null && $Object.hasOwnProperty.call(message, "uid") && message.uid !== 0)
                    writer.uint32(/* id 14, wireType 0 =*/112).uint32(message.uid);
                if (message.parentProcessName != null && $Object.hasOwnProperty.call(message, "parentProcessName") && message.parentProcessName !== "")
                    writer.uint32(/* id 15, wireType 2 =*/122).string(message.parentProcessName);
                if (message.processName != null && $Object.hasOwnProperty.call(message, "processName") && message.processName !== "")
                    writer.uint32(/* id 16, wireType 2 =*/130).string(message.processName);
                if (message.policyName != null && $Object.hasOwnProperty.call(message, "policyName") && message.policyName !== "")
                    writer.uint32(/* id 17, wireType 2 =*/138).string(message.policyName);
                if (message.severity != null && $Object.hasOwnProperty.call(message, "severity"))
                    writer.uint32(/* id 18, wireType 2 =*/146).string(message.severity);
                if (message.tags != null && message.tags.length)
                    for (let i = 0; i < message.tags.length; ++i)
                        writer.uint32(/* id 19, wireType 2 =*/154).string(message.tags[i]);
                if (message.message != null && $Object.hasOwnProperty.call(message, "message") && message.message !== "")
                    writer.uint32(/* id 20, wireType 2 =*/162).string(message.message);
                if (message.source != null && $Object.hasOwnProperty.call(message, "source") && message.source !== "")
                    writer.uint32(/* id 21, wireType 2 =*/170).string(message.source);
                if (message.resource != null && $Object.hasOwnProperty.call(message, "resource") && message.resource !== "")
                    writer.uint32(/* id 22, wireType 2 =*/178).string(message.resource);
                if (message.data != null && $Object.hasOwnProperty.call(message, "data") && message.data !== "")
                    writer.uint32(/* id 23, wireType 2 =*/186).string(message.data);
                if (message.eventData != null && message.eventData.length)
                    for (let i = 0; i < message.eventData.length; ++i)
                        $root.portcullis.v1.Entry.encode(message.eventData[i], writer.uint32(/* id 24, wireType 2 =*/194).fork(), _depth + 1).ldelim();
                if (message.cwd != null && $Object.hasOwnProperty.call(message, "cwd") && message.cwd !== "")
                    writer.uint32(/* id 25, wireType 2 =*/202).string(message.cwd);
                if (message.tty != null && $Object.hasOwnProperty.call(message, "tty") && message.tty !== "")
                    writer.uint32(/* id 26, wireType 2 =*/210).string(message.tty);
                if (message.nodeId != null && $Object.hasOwnProperty.call(message, "nodeId") && message.nodeId !== "")
                    writer.uint32(/* id 27, wireType 2 =*/218).string(message.nodeId);
                if (message.execEvent != null && $Object.hasOwnProperty.call(message, "execEvent"))
                    $root.portcullis.v1.ExecEvent.encode(message.execEvent, writer.uint32(/* id 28, wireType 2 =*/226).fork(), _depth + 1).ldelim();
                if (message.count != null && $Object.hasOwnProperty.call(message, "count") && (typeof message.count === "object" ? message.count.low || message.count.high : message.count !== 0))
                    writer.uint32(/* id 29, wireType 0 =*/232).uint64(message.count);
                if (message.firstTimestampNs != null && $Object.hasOwnProperty.call(message, "firstTimestampNs") && (typeof message.firstTimestampNs === "object" ? message.firstTimestampNs.low || message.firstTimestampNs.high : message.firstTimestampNs !== 0))
                    writer.uint32(/* id 30, wireType 0 =*/240).uint64(message.firstTimestampNs);
                if (message.error != null && $Object.hasOwnProperty.call(message, "error") && message.error !== "")
                    writer.uint32(/* id 31, wireType 2 =*/250).string(message.error);
                if (message.threshold != null && $Object.hasOwnProperty.call(message, "threshold"))
                    $root.portcullis.v1.Throttling.encode(message.threshold, writer.uint32(/* id 32, wireType 2 =*/258).fork(), _depth + 1).ldelim();
                if (message.policy != null && $Object.hasOwnProperty.call(message, "policy"))
                    $root.portcullis.v1.PolicyRef.encode(message.policy, writer.uint32(/* id 33, wireType 2 =*/266).fork(), _depth + 1).ldelim();
                if (message.origin != null && $Object.hasOwnProperty.call(message, "origin") && message.origin !== "")
                    writer.uint32(/* id 34, wireType 2 =*/274).string(message.origin);
                if (message.timestampNs != null && $Object.hasOwnProperty.call(message, "timestampNs") && (typeof message.timestampNs === "object" ? message.timestampNs.low || message.timestampNs.high : message.timestampNs !== 0))
                    writer.uint32(/* id 40, wireType 0 =*/320).uint64(message.timestampNs);
                if (message.id != null && $Object.hasOwnProperty.call(message, "id") && message.id !== "")
                    writer.uint32(/* id 41, wireType 2 =*/330).string(message.id);
                if (message.type != null && $Object.hasOwnProperty.call(message, "type") && message.type !== 0)
                    writer.uint32(/* id 42, wireType 0 =*/336).int32(message.type);
                if (message.operation != null && $Object.hasOwnProperty.call(message, "operation") && message.operation !== 0)
                    writer.uint32(/* id 43, wireType 0 =*/344).int32(message.operation);
                if (message.action != null && $Object.hasOwnProperty.call(message, "action") && message.action !== 0)
                    writer.uint32(/* id 44, wireType 0 =*/352).int32(message.action);
                if (message.enforcer != null && $Object.hasOwnProperty.call(message, "enforcer") && message.enforcer !== 0)
                    writer.uint32(/* id 45, wireType 0 =*/360).int32(message.enforcer);
                if (message.result != null && $Object.hasOwnProperty.call(message, "result") && message.result !== 0)
                    writer.uint32(/* id 46, wireType 0 =*/368).int32(message.result);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an Alert message from the specified reader or buffer.
             * @function decode
             * @memberof portcullis.v1.Alert
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {portcullis.v1.Alert & portcullis.v1.Alert.$Shape} Alert
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Alert.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.portcullis.v1.Alert();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.clusterName = value;
                            else
                                delete message.clusterName;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.hostName = value;
                            else
                                delete message.hostName;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.namespaceName = value;
                            else
                                delete message.namespaceName;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.podName = value;
                            else
                                delete message.podName;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            if (!(message.labels && message.labels.length))
                                message.labels = [];
                            message.labels.push($root.portcullis.v1.Entry.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 6: {
                            if (wireType !== 2)
                                break;
                            message.owner = $root.portcullis.v1.Owner.decode(reader, reader.size(), $undefined, _depth + 1, message.owner);
                            continue;
                        }
                    case 7: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.containerId = value;
                            else
                                delete message.containerId;
                            continue;
                        }
                    case 8: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.containerName = value;
                            else
                                delete message.containerName;
                            continue;
                        }
                    case 9: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.containerImage = value;
                            else
                                delete message.containerImage;
                            continue;
                        }
                    case 10: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.hostPpid = value;
                            else
                                delete message.hostPpid;
                            continue;
                        }
                    case 11: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.hostPid = value;
                            else
                                delete message.hostPid;
                            continue;
                        }
                    case 12: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.ppid = value;
                            else
                                delete message.ppid;
                            continue;
                        }
                    case 13: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.pid = value;
                            else
                                delete message.pid;
                            continue;
                        }
                    case 14: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.uid = value;
                            else
                                delete message.uid;
                            continue;
                        }
                    case 15: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.parentProcessName = value;
                            else
                                delete message.parentProcessName;
                            continue;
                        }
                    case 16: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.processName = value;
                            else
                                delete message.processName;
                            continue;
                        }
                    case 17: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.policyName = value;
                            else
                                delete message.policyName;
                            continue;
                        }
                    case 18: {
                            if (wireType !== 2)
                                break;
                            message.severity = reader.stringVerify();
                            message._severity = "severity";
                            continue;
                        }
                    case 19: {
                            if (wireType !== 2)
                                break;
                            if (!(message.tags && message.tags.length))
                                message.tags = [];
                            message.tags.push(reader.stringVerify());
                            continue;
                        }
                    case 20: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.message = value;
                            else
                                delete message.message;
                            continue;
                        }
                    case 21: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.source = value;
                            else
                                delete message.source;
                            continue;
                        }
                    case 22: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.resource = value;
                            else
                                delete message.resource;
                            continue;
                        }
                    case 23: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.data = value;
                            else
                                delete message.data;
                            continue;
                        }
                    case 24: {
                            if (wireType !== 2)
                                break;
                            if (!(message.eventData && message.eventData.length))
                                message.eventData = [];
                            message.eventData.push($root.portcullis.v1.Entry.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 25: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.cwd = value;
                            else
                                delete message.cwd;
                            continue;
                        }
                    case 26: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.tty = value;
                            else
                                delete message.tty;
                            continue;
                        }
                    case 27: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.nodeId = value;
                            else
                                delete message.nodeId;
                            continue;
                        }
                    case 28: {
                            if (wireType !== 2)
                                break;
                            message.execEvent = $root.portcullis.v1.ExecEvent.decode(reader, reader.size(), $undefined, _depth + 1, message.execEvent);
                            continue;
                        }
                    case 29: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.count = value;
                            else
                                delete message.count;
                            continue;
                        }
                    case 30: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.firstTimestampNs = value;
                            else
                                delete message.firstTimestampNs;
                            continue;
                        }
                    case 31: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.error = value;
                            else
                                delete message.error;
                            continue;
                        }
                    case 32: {
                            if (wireType !== 2)
                                break;
                            message.threshold = $root.portcullis.v1.Throttling.decode(reader, reader.size(), $undefined, _depth + 1, message.threshold);
                            continue;
                        }
                    case 33: {
                            if (wireType !== 2)
                                break;
                            message.policy = $root.portcullis.v1.PolicyRef.decode(reader, reader.size(), $undefined, _depth + 1, message.policy);
                            continue;
                        }
                    case 34: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.origin = value;
                            else
                                delete message.origin;
                            continue;
                        }
                    case 40: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.timestampNs = value;
                            else
                                delete message.timestampNs;
                            continue;
                        }
                    case 41: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.id = value;
                            else
                                delete message.id;
                            continue;
                        }
                    case 42: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.type = value;
                            else
                                delete message.type;
                            continue;
                        }
                    case 43: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.operation = value;
                            else
                                delete message.operation;
                            continue;
                        }
                    case 44: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.action = value;
                            else
                                delete message.action;
                            continue;
                        }
                    case 45: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.enforcer = value;
                            else
                                delete message.enforcer;
                            continue;
                        }
                    case 46: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.result = value;
                            else
                                delete message.result;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Alert;
        })();

        return v1;
    })();

    return portcullis;
})();

export {
  $root as default
};
